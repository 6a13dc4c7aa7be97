/** The report in a real browser, as a user sees it. */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { quantityText, rangeText } from "../../src/report/scale.js";
import { BROWSERS, each, executablePath, launchBrowser, openReport, type Opened } from "./browser.js";
import { HOSTILE } from "./hostile.js";
import { hostileInput } from "./hostile_input.js";
import { syntheticInput } from "./synthetic.js";
import { published, tableRun } from "./table_runs.js";
import type { ReportInput } from "../../src/report/input.js";

const NEEDS = `needs one of ${BROWSERS.join(", ")}`;

describe.skipIf(executablePath === undefined)(`report.html in Chromium (${NEEDS})`, { timeout: 120_000 }, () => {
  let browser: Browser;
  let directory = "";

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "nicbench-browser-"));
    browser = await launchBrowser();
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    await rm(directory, { recursive: true, force: true });
  }, 120_000);

  const open = (input: ReportInput, options?: BrowserContextOptions): Promise<Opened> =>
    openReport(browser, directory, input, options);

  const marks = (page: Page, figure: number, kind: string, more = ""): Promise<number> =>
    page.locator(`figure:nth-of-type(${figure}) [aria-roledescription="${kind}"]${more}`).count();

  it("draws one mark a value, without a console error and without a request", async () => {
    const fate = (i: number) => (i === 2 ? "suspect" : i === 5 ? "failed" : "ok");
    const { page, complaints } = await open(syntheticInput({ seriesOver: 1, repetitions: 3, fate }));
    expect(await page.getAttribute("html", "data-charts")).toBe("drawn");
    expect(await page.locator("figure .plot svg.marks").count()).toBe(4);
    expect(await page.locator("figure .plot .vega-embed").count()).toBe(4);
    expect(await marks(page, 1, "bar")).toBe(11);
    expect(await marks(page, 1, "bar", '[fill-opacity="0.08"]')).toBe(1);
    expect(await marks(page, 2, "point")).toBe(11 * 6);
    expect(await marks(page, 2, "line mark")).toBe(11);
    expect(await marks(page, 3, "bar")).toBe(11);
    expect(await marks(page, 4, "line mark")).toBe(11 * 3);
    expect(complaints).toEqual([]);
  });

  it("shows a tooltip with value, interval and link rate", async () => {
    const input = syntheticInput();
    const { forwarding_rate: rate, link_rate: link } = input.summary.points[0]?.metrics ?? {};
    if (!rate || !link) throw new Error("the synthetic run has both rates");
    const { page, complaints } = await open(input);
    await page.locator('[aria-roledescription="bar"]').first().hover();
    await page.locator("#vg-tooltip-element").waitFor({ state: "visible" });
    const text = await page.locator("#vg-tooltip-element").innerText();
    expect(text).toContain("cuckoo · campus · 64Ki flows · max rate");
    expect(text).toContain(quantityText(rate.median, "frames/s"));
    expect(text).toContain(rangeText(rate.ci95, "frames/s"));
    expect(text).toContain(quantityText(link.median, "bit/s"));
    expect(complaints).toEqual([]);
  });

  it("shows hostile texts as texts and runs none of them", async () => {
    const { page, complaints } = await open(hostileInput());
    expect(await page.evaluate("window.pwned")).toBeUndefined();
    expect(await page.locator("h1").textContent()).toBe(HOSTILE);
    expect(await page.title()).toContain("<script>window.pwned=1</script>");
    expect(await page.locator("figure h2").first().textContent()).toBe(HOSTILE);
    expect(await page.locator("main img, main script").count()).toBe(0);
    expect(await page.getAttribute("html", "data-charts")).toBe("drawn");
    await page.locator('[aria-roledescription="bar"]').first().hover();
    await page.locator("#vg-tooltip-element").waitFor({ state: "visible" });
    expect(await page.locator("#vg-tooltip-element img, #vg-tooltip-element script").count()).toBe(0);
    expect(await page.evaluate("window.pwned")).toBeUndefined();
    expect(complaints).toEqual([]);
  });

  it.each([400, 640, 1200])("fits a page of %i px without scrolling sideways", async (width) => {
    const viewport = { width, height: 800 };
    const { page, complaints } = await open(syntheticInput({ repetitions: 2, seriesOver: 1 }), { viewport });
    const [overflow] = await each<number>(page, "html", "e.scrollWidth - e.clientWidth");
    expect(overflow).toBe(0);
    type Box = { left: number; right: number; width: number };
    for (const chart of await each<Box>(page, ".plot svg.marks", "e.getBoundingClientRect().toJSON()")) {
      expect(chart.left).toBeGreaterThanOrEqual(0);
      expect(chart.right).toBeLessThanOrEqual(width);
      expect(chart.width).toBeGreaterThan(0.6 * Math.min(width, 1080));
    }
    expect(complaints).toEqual([]);
  });

  it("fits its charts again when the window changes", async () => {
    const { page } = await open(syntheticInput({ repetitions: 2 }), { viewport: { width: 1200, height: 800 } });
    const widest = async (): Promise<number> =>
      Math.max(...(await each<number>(page, ".plot svg.marks", 'Number(e.getAttribute("width"))')));
    expect(await widest()).toBeGreaterThan(900);
    await page.setViewportSize({ width: 400, height: 800 });
    await expect.poll(widest, { timeout: 20_000 }).toBeLessThanOrEqual(400);
  });

  it("shows its charts with scripts switched off", async () => {
    const options = { javaScriptEnabled: false, viewport: { width: 400, height: 800 } };
    const { page } = await open(syntheticInput({ repetitions: 2 }), options);
    expect(await page.locator("figure .plot svg.marks").count()).toBe(3);
    expect(await marks(page, 1, "bar")).toBe(12);
    const box = await page.locator(".plot svg.marks").first().boundingBox();
    expect(box).not.toBeNull();
    expect((box?.x ?? 0) + (box?.width ?? Infinity)).toBeLessThanOrEqual(400);
  });

  it("follows the reader's theme, charts included", async () => {
    const looks = async (colorScheme: "light" | "dark"): Promise<unknown[]> => {
      const { page } = await open(syntheticInput({ repetitions: 2 }), { colorScheme });
      const [ground] = await each(page, "body", "getComputedStyle(e).backgroundColor");
      const [bar] = await each(page, '[aria-roledescription="bar"]', "getComputedStyle(e).fill");
      const [text] = await each(page, ".role-axis-title text", "getComputedStyle(e).fill");
      return [ground, bar, text];
    };
    expect(await looks("light")).toEqual(["rgb(255, 255, 254)", "rgb(0, 114, 178)", "rgb(27, 31, 36)"]);
    expect(await looks("dark")).toEqual(["rgb(20, 24, 29)", "rgb(79, 168, 224)", "rgb(230, 232, 235)"]);
  });

  it.each(["light", "dark"] as const)("draws limits in ink and published values hollow, %s", async (colorScheme) => {
    const { page, complaints } = await open(besideRun(), { colorScheme });
    const looks = (selector: string) =>
      each<[string, string, string]>(
        page,
        `figure .plot ${selector}`,
        "((look) => [look.stroke, look.fillOpacity, look.strokeDasharray])(getComputedStyle(e))",
      );
    const ink = colorScheme === "light" ? "rgb(27, 31, 36)" : "rgb(230, 232, 235)";
    const limits = await looks('.mark-rect path[stroke="var(--ink)"]');
    expect(limits.map(([stroke]) => stroke)).toEqual([ink, ink]);
    const hollow = await looks('path[aria-roledescription="bar"][fill-opacity="0"]');
    const series = colorScheme === "light" ? "rgb(0, 114, 178)" : "rgb(79, 168, 224)";
    expect(hollow).toEqual(Array(2).fill([series, "0", "4px, 3px"]));
    await page.locator('path[aria-roledescription="bar"][fill-opacity="0"]').first().hover();
    await page.locator("#vg-tooltip-element").waitFor({ state: "visible" });
    expect(await page.locator("#vg-tooltip-element").innerText()).toMatch(
      /Cuckoo, trace Campus[^]*45 Gbps[^]*44.0–46.0 Gbps/,
    );
    expect(complaints).toEqual([]);
  });

  it.each([400, 1100])("shows claims above the charts, readable on a page of %i px", async (width) => {
    const input: ReportInput = { ...besideRun(), claims: CLAIMS };
    const { page } = await open(input, { viewport: { width, height: 900 } });
    const [overflow] = await each<number>(page, "html", "e.scrollWidth - e.clientWidth");
    expect(overflow).toBe(0);
    const top = async (selector: string): Promise<number> =>
      (await page.locator(selector).first().boundingBox())?.y ?? Number.NaN;
    expect(await top(".claims")).toBeLessThan(await top("figure"));
    const widths = await each<number>(page, ".claims .claim-evidence", "e.getBoundingClientRect().width");
    for (const one of widths) expect(one).toBeGreaterThan(250);
    const rows = page.getByRole("table", { name: "Claims" }).getByRole("row");
    expect(await rows.count()).toBe(1 + CLAIMS.length);
    expect(await page.getByRole("rowheader", { name: "HP04" }).count()).toBe(1);
    expect(await page.getByRole("cell", { name: "confirmed", exact: true }).count()).toBe(1);
    await page.getByText("2 findings").click();
    expect(await page.getByText("confirmed: at flows 1M").isVisible()).toBe(true);
  });

  it("cannot reach the network even if a script in it tries", async () => {
    const hits: string[] = [];
    const server = createServer((request, response) => {
      hits.push(request.url ?? "");
      response.end();
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the server has no port");
    const origin = `http://127.0.0.1:${address.port}`;
    try {
      const { page } = await open(syntheticInput({ repetitions: 1 }));
      const fetched = `fetch("${origin}/fetch", { mode: "no-cors" }).then(() => "reached", () => "refused")`;
      expect(await page.evaluate(fetched)).toBe("refused");
      const loaded =
        "new Promise((end) => { const image = new Image(); image.onload = image.onerror = end; image.src = ";
      await page.evaluate(`${loaded}"${origin}/image"; })`);
      expect(hits).toEqual([]);
    } finally {
      server.close();
    }
  });

  it("names every chart and every table to those who hear the page", async () => {
    const fate = (i: number) => (i === 0 ? "failed" : "ok");
    const { page } = await open(syntheticInput({ repetitions: 2, fate }));
    const alts = await each<string>(page, '.plot[role="img"]', 'e.getAttribute("aria-label")');
    expect(alts).toHaveLength(3);
    expect(alts[0]).toBe("Forwarding rate. Bar chart of forwarding rate by traffic, 11 bars.");
    expect(alts.every((alt) => alt.length > 20)).toBe(true);
    expect(await page.locator("table").count()).toBeGreaterThan(4);
    expect(await page.locator("th:not([scope])").count()).toBe(0);
    const levels = await each<number>(page, "h1, h2, h3", "Number(e.tagName.slice(1))");
    expect(levels.filter((level) => level === 1)).toEqual([1]);
    expect(levels.every((level, i) => i === 0 || level <= (levels[i - 1] ?? 0) + 1)).toBe(true);
  });
});

const CLAIMS: ReportInput["claims"] & object = [
  {
    id: "HP04",
    says: "Tables rank as published.",
    verdict: "confirmed",
    evidence:
      "cuckoo 45.1 > chaining-stl 37.2 Gbps (ratio 1.21 [1.19, 1.23]), which is a long sentence on a narrow page",
    details: ["confirmed: at flows 64Ki", "confirmed: at flows 1M"],
    published: { value: "45.8 / 44.6 / 44.4 / 42.6 / 40.4 / 37.0 Gbps", context: "multi_thread imp/; campus x16" },
  },
  { id: "own", says: "", verdict: "not testable here", evidence: "this run has one core", details: [] },
];

/** Two bars, each with a limit and a published value beside it. */
function besideRun(): ReportInput {
  const rows = [
    "f,Cuckoo,,,trace,Campus,throughput,45,Gbps,5,44,46",
    "f,Chaining (STL),,,trace,Campus,throughput,37,Gbps,5,36,38",
  ];
  const rate = { name: "link_rate", title: "Link rate", unit: "bit/s", better: "higher", value: () => 30e9 } as const;
  return tableRun({
    points: [{ table: "cuckoo" }, { table: "chaining-stl" }],
    fixed: { "traffic.profile": "campus" },
    metrics: [rate, { ...rate, name: "line_rate", title: "Line rate", better: "neither", value: () => 100e9 }],
    plots: [
      { title: "Rate", mark: "bar", x: "table", y: "link_rate", roof: "line_rate", reference: "hpsr21/single_thread" },
    ],
    references: [published("hpsr21/single_thread", rows)],
  });
}
