/** PNG and PDF by a real browser. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { findChromium } from "../../src/report/chromium.js";
import { writeReport } from "../../src/report/write.js";
import { BROWSERS, executablePath } from "./browser.js";
import { syntheticInput } from "./synthetic.js";

afterEach(() => vi.unstubAllEnvs());

describe("without a browser", () => {
  it("says which one could not be started and what needs none", async () => {
    vi.stubEnv("NICBENCH_CHROMIUM", "/no/such/browser");
    await expect(findChromium()).rejects.toMatchObject({
      code: "BROWSER_MISSING",
      message: expect.stringContaining("/no/such/browser cannot be started") as string,
      hint: expect.stringContaining("--format svg") as string,
    });
  });

  it("says so where the program is no browser", async () => {
    vi.stubEnv("NICBENCH_CHROMIUM", "true");
    const { png } = await findChromium();
    await expect(png("<svg></svg>")).rejects.toMatchObject({ code: "BROWSER_FAILED" });
  });
});

const NEEDS = `needs one of ${BROWSERS.join(", ")}`;

describe.skipIf(executablePath === undefined)(`PNG and PDF (${NEEDS})`, { timeout: 120_000 }, () => {
  it("are written for each chart, at the chart's size, and the page is printed", async () => {
    vi.stubEnv("NICBENCH_CHROMIUM", executablePath ?? "");
    const folder = await mkdtemp(join(tmpdir(), "nicbench-pdf-"));
    try {
      const input = syntheticInput({
        repetitions: 2,
        plots: [{ title: "Rate", mark: "bar", x: "table", y: "link_rate" }],
      });
      const files = await writeReport(input, folder, ["png", "pdf"], { size: "column" });
      expect(files.map((file) => file.slice(folder.length + 1))).toEqual([
        "chart-1-rate.png",
        "chart-1-rate.pdf",
        "report.pdf",
      ]);
      const [png, pdf, report] = await Promise.all(files.map((file) => readFile(file)));
      expect(png?.subarray(1, 4).toString()).toBe("PNG");
      // Width in the header (IHDR), at two pixels a CSS pixel.
      expect(((png?.readUInt32BE(16) ?? 0) / 2) * (25.4 / 96)).toBeLessThanOrEqual(85);
      expect(pagesOf(pdf)).toBe(1);
      expect(pagesOf(report)).toBeGreaterThan(1);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

/** Objects of type Page in a PDF. */
function pagesOf(pdf: Buffer | undefined): number {
  return pdf?.toString("latin1").match(/\/Type\s*\/Page\b(?!s)/g)?.length ?? 0;
}
