/** Linear scaling beside what was measured, and logarithmic axes beside limits. */
import { describe, expect, it } from "vitest";
import { expectGolden } from "./golden.js";
import { drawnMarks } from "./marks.js";
import { onlyChart, rowsOf, type MadeUpMetric, type TableRun } from "./table_runs.js";
import { warningsOf } from "./warnings.js";

const RATE: MadeUpMetric = {
  name: "link_rate",
  title: "Link rate",
  unit: "bit/s",
  better: "higher",
  value: ({ cores, table }) => Number(cores) ** (table === "own" ? 1 : 0.5) * 10e9,
};

const scaling: TableRun = {
  points: ["own", "shared"].flatMap((table) => [1, 2, 4].map((cores) => ({ table, cores }))),
  metrics: [RATE],
  plots: [{ title: "Scaling", mark: "line", x: "cores", y: "link_rate", color: "table", ideal: true }],
};

describe("a line that asks for linear scaling", () => {
  it("has the spec of its golden, without a warning", () => {
    expectGolden("line-ideal.vl.json", onlyChart(scaling).spec);
    expect(warningsOf(onlyChart(scaling))).toEqual([]);
  });

  it("starts each ideal at the line's own first value and grows with x", () => {
    const ideals = rowsOf(onlyChart(scaling)).map(({ series, x, ideal }) => [series, x, ideal]);
    expect(ideals).toEqual(
      ["own", "shared"].flatMap((table) => [1, 2, 4].map((cores) => [table, cores, cores * 10e9])),
    );
  });

  it("tells in the tooltip which share of it was reached", () => {
    const shares = rowsOf(onlyChart(scaling)).map(({ idealShare }) => idealShare);
    expect(shares.slice(0, 3)).toEqual(["100%", "100%", "100%"]);
    expect(shares.at(-1)).toBe("50%");
  });

  it("draws one dotted line a series, and names it in the legend", async () => {
    const chart = onlyChart(scaling);
    const dotted = (await drawnMarks(chart)).filter(({ items }) => items[0]?.strokeDash?.join() === "1,4");
    expect(dotted.filter(({ type }) => type === "line")).toHaveLength(2);
    expect(JSON.stringify(chart.spec)).toContain("linear scaling");
  });

  it("draws none over names", () => {
    const points = ["a", "b"].map((table) => ({ table, cores: 1 }));
    const plots = [{ title: "T", mark: "line", x: "table", y: "link_rate", ideal: true } as const];
    expect(rowsOf(onlyChart({ ...scaling, points, plots })).every(({ ideal }) => ideal === undefined)).toBe(true);
  });
});

describe("a logarithmic axis", () => {
  const plots = [{ title: "Cliff", mark: "line", x: "cores", y: "link_rate", scale: "log" } as const];
  const cliff: TableRun = {
    points: [1, 2, 3, 4].map((cores) => ({ cores })),
    metrics: [{ ...RATE, value: ({ cores }) => 100e9 / 10 ** Number(cores) }],
    plots,
  };

  it("holds all that is drawn, and sets equal factors equally far apart", async () => {
    const symbols = (await drawnMarks(onlyChart(cliff))).find(({ type }) => type === "symbol")?.items ?? [];
    const steps = symbols.slice(1).map(({ y }, i) => y - (symbols[i]?.y ?? 0));
    expect(steps).toHaveLength(3);
    for (const step of steps) expect(step).toBeCloseTo(steps[0] ?? 0, 6);
  });

  it("ends at its foot an interval that reaches to 0", () => {
    const metrics = [{ ...RATE, value: ({ cores }: { cores?: unknown }) => (cores === 4 ? 0 : 1e9 * Number(cores)) }];
    const chart = onlyChart({ ...cliff, metrics });
    expect(chart.omitted).toEqual([{ label: "4 cores", reason: "0 on a logarithmic axis" }]);
    expect(rowsOf(chart).every(({ low }) => Number(low) > 0)).toBe(true);
  });
});
