/** What one can do with the report in a real browser: choose, follow a number to its samples, take the data along. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BROWSERS, each, executablePath, launchBrowser, openReport, openUnread, type Opened } from "./browser.js";
import { hostileInput } from "./hostile_input.js";
import { syntheticInput } from "./synthetic.js";
import type { ReportInput } from "../../src/report/input.js";

const NEEDS = `needs one of ${BROWSERS.join(", ")}`;

describe.skipIf(executablePath === undefined)(`using report.html in Chromium (${NEEDS})`, { timeout: 120_000 }, () => {
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

  const open = (input: ReportInput): Promise<Opened> => openReport(browser, directory, input);

  const marks = (page: Page, figure: number, kind: string): Promise<number> =>
    page.locator(`figure:nth-of-type(${figure}) [aria-roledescription="${kind}"]`).count();

  it("shows the samples behind a number, all of them, where its trials are clicked", async () => {
    const input = syntheticInput({ repetitions: 3, fate: (i) => (i === 1 ? "suspect" : "ok") });
    const { page, complaints } = await open(input);
    await page.locator("a[data-samples]").nth(1).click();
    const rows = page.getByRole("region", { name: "Samples" }).locator("tbody tr");
    expect(await rows.count()).toBe(3);
    expect(await rows.nth(2).locator("td").nth(2).textContent()).toBe("suspect");
    const trial = input.trials.filter(({ point }) => point === input.summary.points[1]?.id)[0];
    const rate = trial?.metrics["forwarding_rate"] ?? 0;
    expect(Number(await rows.first().locator("td.number").nth(1).textContent())).toBe(Number(rate.toPrecision(9)));
    expect(complaints).toEqual([]);
  });

  it("hides what a choice leaves out, in charts and tables, and brings it back", async () => {
    const { page, complaints } = await open(syntheticInput({ repetitions: 2 }));
    const results = page.getByRole("region", { name: "Results" }).locator("tbody tr:visible");
    expect([await results.count(), await marks(page, 1, "bar")]).toEqual([12, 12]);
    await page.getByLabel("Table", { exact: true }).selectOption("cuckoo");
    await expect.poll(() => marks(page, 1, "bar"), { timeout: 20_000 }).toBe(6);
    expect(await results.count()).toBe(6);
    expect(await page.locator("[data-shown]").textContent()).toBe("6 of 12 points");
    await page.getByLabel("Table", { exact: true }).selectOption("all");
    await expect.poll(() => marks(page, 1, "bar"), { timeout: 20_000 }).toBe(12);
    expect(complaints).toEqual([]);
  });

  it("makes charts live where the reader is, and all of them once something is chosen", async () => {
    const input = syntheticInput({ repetitions: 2, seriesOver: 1 });
    const { page, complaints } = await openUnread(browser, directory, input, { viewport: { width: 900, height: 300 } });
    await page.waitForSelector("html[data-charts]", { timeout: 60_000, state: "attached" });
    const [drawn, live] = [page.locator("figure .plot svg.marks"), page.locator("figure .vega-embed")];
    expect([await drawn.count(), await live.count()]).toEqual([4, expect.toSatisfy((count: number) => count < 4)]);
    await page.getByLabel("Table", { exact: true }).selectOption("cuckoo");
    await expect.poll(() => live.count(), { timeout: 20_000 }).toBe(4);
    await expect.poll(() => marks(page, 4, "line mark"), { timeout: 20_000 }).toBe(6 * 2);
    expect(complaints).toEqual([]);
  });

  it("gives out the data under a chart as CSV and JSON", async () => {
    const { page, complaints } = await open(hostileInput());
    const data = async (name: RegExp): Promise<string> => {
      const [file] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name }).first().click(),
      ]);
      return readFile(await file.path(), "utf8");
    };
    const rows = JSON.parse(await data(/^JSON of/)) as { value: number; point: string }[];
    expect(rows).toHaveLength(11);
    const csv = parse(await data(/^CSV of/), { columns: true }) as unknown as Record<string, string>[];
    expect(csv.map(({ value }) => Number(value))).toEqual(rows.map(({ value }) => value));
    expect(csv.map(({ point }) => point)).toEqual(rows.map(({ point }) => point));
    expect(complaints).toEqual([]);
  });

  it("can be used by keyboard alone: every control is reached and seen", async () => {
    const { page } = await open(syntheticInput({ repetitions: 2 }));
    const reached = new Set<string>();
    for (let i = 0; i < 40; ++i) {
      await page.keyboard.press("Tab");
      reached.add(
        await page.evaluate<string>(
          "document.activeElement.tagName + getComputedStyle(document.activeElement).outlineStyle",
        ),
      );
    }
    expect([...reached]).toEqual(expect.arrayContaining(["SELECTsolid", "BUTTONsolid", "Asolid", "DIVsolid"]));
    const names = await each<string>(
      page,
      "select, button",
      "(e.getAttribute('aria-label') ?? e.labels?.[0]?.textContent ?? e.textContent).trim()",
    );
    expect(names.every((name) => name !== "")).toBe(true);
  });
});
