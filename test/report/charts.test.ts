import { describe, expect, it } from "vitest";
import { renderSpecs, type ChartSpec } from "../../src/report/specs.js";
import { chartSvg } from "../../src/report/svg.js";
import { expectGolden } from "./golden.js";
import { syntheticInput } from "./synthetic.js";
import { warningsOf } from "./warnings.js";
import type { PlotRequest } from "../../src/results/model.js";

const tables = ["cuckoo", "chaining-stl"];
const sweep = tables.flatMap((table) => [16, 18, 20].map((log2) => ({ table, "traffic.flows": 2 ** log2 })));

/** Small runs, so that a person can read the golden. */
const KINDS: readonly { name: string; plot: PlotRequest; seriesOver?: number }[] = [
  {
    name: "bar",
    plot: { title: "Forwarding rate", mark: "bar", x: "traffic.flows", y: "forwarding_rate", color: "table" },
  },
  {
    name: "line",
    plot: { title: "Cycles per frame", mark: "line", x: "traffic.flows", y: "cycles_per_frame", color: "table" },
  },
  {
    name: "percentiles",
    plot: { title: "Latency", mark: "percentiles", color: "table", where: { "traffic.flows": 65536 } },
  },
  {
    name: "timeseries",
    plot: { title: "Over time", mark: "timeseries", y: "forwarding_rate", color: "table", facet: "traffic.flows" },
    seriesOver: 0.5,
  },
];

function chartOf({ plot, seriesOver = 0 }: (typeof KINDS)[number]): ChartSpec {
  const input = syntheticInput({
    points: sweep,
    repetitions: 2,
    plots: [plot],
    seriesOver,
    fate: (i) => (i === 1 ? "suspect" : i === 5 ? "failed" : "ok"),
  });
  const [chart] = renderSpecs(input);
  if (!chart) throw new Error("the plot gave no chart");
  return chart;
}

describe.each(KINDS)("a $name chart", (kind) => {
  it("has the spec of its golden", () => {
    expectGolden(`${kind.name}.vl.json`, chartOf(kind).spec);
  });

  it("compiles without a warning", () => {
    expect(warningsOf(chartOf(kind))).toEqual([]);
  });

  it("draws as SVG, the same each time, with its title and without a broken coordinate", async () => {
    const svg = await chartSvg(chartOf(kind));
    expect(svg.includes(kind.plot.title)).toBe(true);
    expect(svg.match(/NaN|undefined|null|var\(--/)).toBeNull();
    expect((await chartSvg(chartOf(kind))) === svg).toBe(true);
  });

  it("needs no clip path, so that several can stand in one page", async () => {
    expect((await chartSvg(chartOf(kind))).includes("clip-path")).toBe(false);
  });
});

describe("what a chart shows", () => {
  it("draws one bar a measured point, hollow if it is suspect, and names the failed point", async () => {
    const chart = chartOf({
      name: "bar",
      plot: { title: "Rate", mark: "bar", x: "traffic.flows", y: "forwarding_rate" },
    });
    const svg = await chartSvg(chart);
    expect(svg.match(/aria-roledescription="bar"/g)).toHaveLength(5);
    expect(svg.match(/fill-opacity="0\.08"/g)).toHaveLength(1);
    expect(chart.omitted).toEqual([{ label: "chaining-stl · 1Mi flows", reason: "failed" }]);
    expect(svg).toContain("Not drawn: chaining-stl · 1Mi flows (failed).");
  });

  it("shows the link rate of a forwarding rate in Gbps, above each bar and in its tooltip", () => {
    const chart = chartOf({ name: "bar", plot: { title: "Rate", mark: "bar", x: "table", y: "forwarding_rate" } });
    const rows = (chart.spec as { data: { values: { linkGbps: string; link: string }[] } }).data.values;
    for (const row of rows) {
      expect(row.linkGbps).toMatch(/^\d+(\.\d+)?$/);
      expect(row.link).toMatch(/ Gbps$/);
    }
    expect(JSON.stringify(chart.spec)).toContain('"title":"Link rate"');
    expect(chart.notes).toContain("Figures above the bars: link rate at the median in Gbps.");
  });

  it("writes counts as powers of two and gives each axis its unit", async () => {
    const svg = await chartSvg(
      chartOf({ name: "line", plot: { title: "Rate", mark: "line", x: "traffic.flows", y: "forwarding_rate" } }),
    );
    for (const text of [">64Ki<", ">256Ki<", ">1Mi<", ">Flows<", ">Forwarding rate (Mpps)<"])
      expect(svg).toContain(text);
  });

  it("stretches the tail of latency: 99 % to 99.9 % takes as much room as 90 % to 99 %", () => {
    const { spec } = chartOf({ name: "percentiles", plot: { title: "Latency", mark: "percentiles" } });
    const text = JSON.stringify(spec);
    for (const tick of ["0%", "50%", "90%", "99%", "99.9%", "99.99%"]) expect(text).toContain(tick);
    expect(text).toContain('"scale":{"type":"log","domain":[1,10000]');
  });

  it("draws no percentile that fewer probes than it needs stand behind", () => {
    const { spec } = chartOf({ name: "percentiles", plot: { title: "Latency", mark: "percentiles" } });
    const rows = (spec as { data: { values: { tail: number; probes: number }[] } }).data.values;
    expect(Math.max(...rows.map(({ tail }) => tail))).toBeLessThanOrEqual(8000);
    expect(rows.every(({ tail, probes }) => tail <= probes)).toBe(true);
  });

  it("keeps the dip of a long time series when it thins the line out", () => {
    const kind = {
      name: "timeseries",
      plot: { title: "T", mark: "timeseries", y: "forwarding_rate" } as const,
      seriesOver: 200,
    };
    const rows = (chartOf(kind).spec as { data: { values: { value: number; point: string }[] } }).data.values;
    const one = rows.filter(({ point }) => point === rows[0]?.point).map(({ value }) => value);
    expect(one.length).toBeLessThan(2 * 500);
    expect(Math.min(...one)).toBeLessThan(0.6 * Math.max(...one));
  });
});
