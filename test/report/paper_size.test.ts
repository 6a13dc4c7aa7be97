/** Charts at the size at which papers print them. */
import { describe, expect, it } from "vitest";
import { sizedChart } from "../../src/report/paper_size.js";
import { renderSpecs } from "../../src/report/specs.js";
import { chartSvg } from "../../src/report/svg.js";
import { syntheticInput } from "./synthetic.js";

const charts = renderSpecs(syntheticInput({ repetitions: 2 }));

async function widthOf(size: "screen" | "column" | "page", number: number): Promise<number> {
  const [chart] = charts.slice(number);
  if (chart === undefined) throw new Error("the run has no such chart");
  const [, width = ""] = /^<svg[^>]* width="([\d.]+)"/.exec(await chartSvg(sizedChart(chart, size))) ?? [];
  return (Number(width) * 25.4) / 96;
}

describe("a chart for a paper", () => {
  it.each([0, 1, 2])("is as wide as a column or as a page at most, and fills most of it: chart %i", async (number) => {
    for (const [size, most] of [["column", 84] as const, ["page", 178] as const]) {
      const width = await widthOf(size, number);
      expect(width).toBeLessThanOrEqual(most + 1);
      expect(width).toBeGreaterThan(most * 0.7);
    }
  });

  it("has no title, texts of 7 and 8 points, and all of its data", async () => {
    const [chart] = charts;
    if (chart === undefined) throw new Error("the run has a chart");
    const svg = await chartSvg(sizedChart(chart, "column"));
    expect(svg).not.toContain(`>${chart.title}<`);
    const sizes = new Set(
      [...svg.matchAll(/font-size="([\d.]+)px"/g)].map(([, size]) => Math.round(Number(size) * 7.5) / 10),
    );
    expect([...sizes].toSorted()).toEqual([7, 8]);
    const bars = (text: string): number => text.match(/aria-roledescription="bar"/g)?.length ?? 0;
    expect(bars(svg)).toBe(bars(await chartSvg(chart)));
  });

  it("is left alone for the screen", () => {
    for (const chart of charts) expect(sizedChart(chart, "screen")).toBe(chart);
  });
});
