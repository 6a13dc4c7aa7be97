import { describe, expect, it } from "vitest";
import { renderSpecs, type ChartSpec } from "../../src/report/specs.js";
import { gaussianDensity, silvermanBandwidth } from "../../src/statistics/density.js";
import { extent } from "../../src/statistics/median.js";
import { drawnMarks } from "./marks.js";
import { syntheticInput } from "./synthetic.js";
import type { PlotRequest } from "../../src/results/model.js";

const points = ["cuckoo", "chaining"].flatMap((table) =>
  [16, 18].map((log2) => ({ table, "traffic.flows": 2 ** log2 })),
);

const VIOLINS = { title: "V", mark: "violin", x: "table", y: "forwarding_rate", color: "traffic.flows" } as const;

function chartOf(plot: PlotRequest, repetitions: number): ChartSpec {
  const [chart] = renderSpecs(syntheticInput({ points, repetitions, plots: [plot] }));
  if (!chart) throw new Error("the plot gave no chart");
  return chart;
}

type Row = Readonly<Record<string, string | number>>;

function rowsOf(plot: PlotRequest): readonly Row[] {
  return (chartOf(plot, 8).spec as { data: { values: Row[] } }).data.values;
}

describe("a violin", () => {
  it("is drawn of seven trials and more; fewer are dots", async () => {
    const drawn = async (repetitions: number, type: string): Promise<number> =>
      (await drawnMarks(chartOf(VIOLINS, repetitions)))
        .filter((mark) => mark.type === type)
        .flatMap(({ items }) => items).length;
    expect(await drawn(7, "symbol")).toBe(points.length); // medians
    expect(await drawn(7, "rule")).toBe(points.length); // quartiles
    expect(await drawn(7, "line")).toBeGreaterThan(0);
    expect(await drawn(6, "symbol")).toBe(points.length * 6);
    expect(await drawn(6, "rule")).toBe(0);
    expect(await drawn(6, "line")).toBe(0);
  });

  it.each(["linear", "log"] as const)(
    "is as wide as the others, about its place, from the least trial to the greatest, on a %s axis",
    (scale) => {
      const trials = rowsOf({ ...VIOLINS, mark: "box", scale });
      const rows = rowsOf({ ...VIOLINS, scale });
      const nameOf = ({ x, series }: Row): string => `${String(x)} ${String(series)}`;
      const names = new Set(rows.map(nameOf));
      expect(names.size).toBe(points.length);
      for (const name of names) {
        const outline = rows.filter((row) => nameOf(row) === name && row["shape"] === "outline");
        const [left, right] = extent(outline.map(({ offset }) => Number(offset)));
        expect(right - left).toBeCloseTo(0.88, 6);
        const center = rows.find((row) => nameOf(row) === name && row["shape"] === "quartiles")?.["offset"];
        expect((left + right) / 2).toBeCloseTo(Number(center), 6);
        const values = trials.filter((row) => nameOf(row) === name && row["shape"] === undefined);
        const [least, most] = extent(values.map(({ value }) => Number(value)));
        const [low, high] = extent(outline.map(({ value }) => Number(value)));
        expect(low / least).toBeCloseTo(1, 9);
        expect(high / most).toBeCloseTo(1, 9);
      }
    },
  );

  it("has a density that integrates to 1, and is highest where trials are", () => {
    const values = [10, 11, 11, 11.5, 12, 13, 20];
    const bandwidth = silvermanBandwidth(values);
    const places = Array.from({ length: 4001 }, (_, i) => -10 + i * 0.0125);
    const densities = gaussianDensity(values, bandwidth, places);
    expect(densities.reduce((sum, density) => sum + density * 0.0125, 0)).toBeCloseTo(1, 6);
    expect(places[densities.indexOf(Math.max(...densities))]).toBeGreaterThan(10.5);
    expect(places[densities.indexOf(Math.max(...densities))]).toBeLessThan(12);
  });

  it("has Silverman's bandwidth", () => {
    const values = [10, 11, 11, 11.5, 12, 13, 20];
    const iqr = (12.5 - 11) / 1.34;
    expect(silvermanBandwidth(values)).toBeCloseTo(0.9 * iqr * 7 ** -0.2, 12);
    expect(silvermanBandwidth([1, 1, 1, 1, 1, 1, 9])).toBeGreaterThan(0);
    expect(silvermanBandwidth([3, 3, 3])).toBe(0);
  });
});
