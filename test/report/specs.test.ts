import { describe, expect, it } from "vitest";
import { renderSpecs, type ChartSpec } from "../../src/report/specs.js";
import { chartSvg } from "../../src/report/svg.js";
import { quickstartPoints, syntheticInput, type SyntheticOptions } from "./synthetic.js";
import type { PlotRequest } from "../../src/results/model.js";

type Value = Readonly<Record<string, string | number | boolean>>;

function values({ spec }: ChartSpec): readonly Value[] {
  return (spec as { data: { values: Value[] } }).data.values;
}

function distinct(chart: ChartSpec, field: string): readonly unknown[] {
  return [...new Set(values(chart).map((row) => row[field]))];
}

function only(plot: PlotRequest, options: SyntheticOptions = {}): ChartSpec {
  const [chart] = renderSpecs(syntheticInput({ repetitions: 2, ...options, plots: [plot] }));
  if (!chart) throw new Error("the plot gave no chart");
  return chart;
}

describe("renderSpecs", () => {
  it("draws rate, latency, cost and time series of a run that asks for no plots", () => {
    const charts = renderSpecs(syntheticInput({ repetitions: 2, seriesOver: 1 }));
    expect(charts.map(({ mark, title }) => [mark, title])).toEqual([
      ["bar", "Forwarding rate"],
      ["percentiles", "Latency by percentile"],
      ["bar", "Cycles per frame"],
      ["timeseries", "Over time"],
    ]);
    expect(new Set(charts.map(({ id }) => id)).size).toBe(4);
  });

  it("draws a line instead of bars where a number is swept in more than three steps", () => {
    const points = [14, 16, 18, 20].map((log2) => ({ "traffic.flows": 2 ** log2 }));
    expect(renderSpecs(syntheticInput({ points, repetitions: 1 }))[0]?.mark).toBe("line");
  });

  it("tells all points apart: what x, colour and facet leave over becomes panels", () => {
    const chart = only({ title: "Rate", mark: "bar", x: "traffic", y: "forwarding_rate", color: "table" });
    expect(distinct(chart, "x")).toEqual(["campus · 64Ki flows", "campus · 1Mi flows", "web-mix.pcap"]);
    expect(distinct(chart, "series")).toEqual(["cuckoo", "chaining-stl"]);
    expect(distinct(chart, "panel")).toEqual(["max rate", "1 Mpps"]);
    const seats = values(chart).map(({ x, series, panel }) => `${x}|${series}|${panel}`);
    expect(new Set(seats).size).toBe(12);
  });

  it("says of a panel without the parameter that it has none", () => {
    const points = [
      { expiry: "none" },
      { expiry: "scan", expiry_interval: 0.001 },
      { expiry: "scan", expiry_interval: 0.01 },
    ];
    const chart = only(
      { title: "Rate", mark: "bar", x: "expiry", y: "forwarding_rate", facet: "expiry_interval" },
      { points },
    );
    expect(distinct(chart, "panel")[0]).toBe("no expiry interval");
  });

  it("tells the series apart to which a parameter belongs that the others have not", () => {
    const sizes = [2 ** 16, 2 ** 20].map((flows) => ({ "traffic.flows": flows }));
    const points = sizes.flatMap((size) => [
      { table: "cuckoo", ...size },
      ...["warm", "cold"].map((cache) => ({ table: "chaining", cache, ...size })),
    ]);
    const plot = { title: "Rate", mark: "line", x: "traffic.flows", y: "forwarding_rate", color: "table" } as const;
    const [chart] = renderSpecs(syntheticInput({ points, plots: [plot] }));
    if (chart === undefined) throw new Error("no chart");
    expect(distinct(chart, "series")).toEqual(["cuckoo", "chaining · warm", "chaining · cold"]);
    expect(distinct(chart, "panel")).toHaveLength(1);
  });

  it("puts what is left over into the colour where the facet is taken", () => {
    const chart = only({
      title: "Rate",
      mark: "bar",
      x: "table",
      y: "forwarding_rate",
      color: "traffic",
      facet: "traffic.rate",
    });
    expect(distinct(chart, "panel")).toEqual(["max rate", "1 Mpps"]);
    const crowded = only({
      title: "Rate",
      mark: "bar",
      x: "table",
      y: "forwarding_rate",
      facet: "traffic.rate",
      color: "traffic.profile",
    });
    const seats = values(crowded).map(({ x, series, panel }) => `${x}|${series}|${panel}`);
    expect(new Set(seats).size).toBe(12);
  });

  it("shows the trace's file name where other points have a number of flows", () => {
    const chart = only({ title: "Rate", mark: "bar", x: "traffic.flows", y: "forwarding_rate", color: "table" });
    expect(distinct(chart, "x")).toEqual(["64Ki", "1Mi", "web-mix.pcap"]);
  });

  it("leaves points without a number off a numeric line, and says so", () => {
    const chart = only({ title: "Rate", mark: "line", x: "traffic.flows", y: "forwarding_rate", color: "table" });
    expect(values(chart)).toHaveLength(8);
    expect(chart.omitted).toHaveLength(4);
    expect(chart.omitted[0]).toEqual({ label: "cuckoo · web-mix.pcap · max rate", reason: "no flows" });
  });

  it("keeps only the points of `where`, and says once what they have in common", () => {
    const chart = only({
      title: "Rate",
      mark: "bar",
      x: "table",
      y: "forwarding_rate",
      where: { "traffic.rate": "max", "traffic.flows": 65536 },
    });
    expect(values(chart)).toHaveLength(2);
    expect(distinct(chart, "x")).toEqual(["cuckoo", "chaining-stl"]);
    expect(chart.notes[0]).toBe("For campus · 64Ki flows · max rate.");
  });

  it("gives a table the same colour in every chart, by its place in the plan", () => {
    const points = ["a", "b", "c"].flatMap((table) => [1, 2].map((cores) => ({ table, cores })));
    const plots: PlotRequest[] = [
      { title: "All", mark: "bar", x: "cores", y: "forwarding_rate", color: "table" },
      { title: "One", mark: "line", x: "cores", y: "forwarding_rate", color: "table", where: { table: "c" } },
    ];
    const [all, one] = renderSpecs(syntheticInput({ points, repetitions: 1, plots })).map(({ spec }) =>
      JSON.stringify(spec),
    );
    const range = /"domain":\["a","b","c"\],"range":\["(#\w+)","(#\w+)","(#\w+)"\]/.exec(all ?? "");
    expect(one).toContain(`"domain":["c"],"range":["${range?.[3]}"]`);
    expect(new Set(range?.slice(1)).size).toBe(3);
  });

  it("tells more series apart than there are colours", () => {
    const points = Array.from({ length: 15 }, (_, i) => [1, 2].map((cores) => ({ table: `t${i}`, cores }))).flat();
    const { spec } = only(
      { title: "Many", mark: "line", x: "cores", y: "forwarding_rate", color: "table" },
      { points },
    );
    const ranges = [...JSON.stringify(spec).matchAll(/"range":(\[(?:\[[^\]]*\]|[^\]])*\])/g)].map(
      ([, range]) => JSON.parse(range ?? "[]") as unknown[],
    );
    const looks = Array.from({ length: 15 }, (_, i) => JSON.stringify(ranges.map((range) => range[i])));
    expect(new Set(looks).size).toBe(15);
    const dashed = [...JSON.stringify(spec).matchAll(/"equal":"(t\d+)"/g)].map(([, label]) => label);
    expect(dashed).toEqual(["t9", "t10", "t11", "t12", "t13", "t14"]);
  });

  it("plots a metric over another metric", () => {
    const chart = only({ title: "Loss", mark: "line", x: "offered_rate", y: "loss_ratio", color: "table" });
    expect(values(chart)).toHaveLength(12);
    expect(JSON.stringify(chart.spec)).toContain("Offered rate (Mpps)");
  });

  it("lists skipped, failed and pending points instead of drawing zeros", () => {
    const fates = ["failed", "skipped"] as const;
    const chart = only(
      { title: "Rate", mark: "bar", x: "traffic", y: "forwarding_rate" },
      { fate: (i) => fates[i] ?? "ok" },
    );
    expect(values(chart)).toHaveLength(10);
    expect(values(chart).every(({ value }) => typeof value === "number" && value > 0)).toBe(true);
    expect(chart.omitted.map(({ reason }) => reason)).toEqual(["failed", "skipped"]);
  });

  it("has something to say about a run of which nothing was measured", async () => {
    const plot: PlotRequest = { title: "Rate", mark: "bar", y: "forwarding_rate" };
    const chart = only(plot, { fate: () => "failed" });
    expect(chart.drawn).toBe(0);
    expect(chart.omitted).toHaveLength(12);
    expect(renderSpecs(syntheticInput({ fate: () => "failed" }))).toEqual([]);
  });

  it("survives one point without parameters and a metric that nobody defined", async () => {
    const charts = [
      only({ title: "One", mark: "bar" }, { points: [{}], repetitions: 1 }),
      only({ title: "One", mark: "line" }, { points: [{}], repetitions: 1 }),
      only({ title: "Unknown", mark: "line", x: "nothing", y: "no_such_metric" }),
    ];
    expect(charts.map(({ drawn }) => drawn)).toEqual([1, 1, 0]);
    for (const chart of charts.slice(0, 2)) expect(await chartSvg(chart)).toContain("<svg");
  });

  it("refuses to draw what no one could read, and says what to do instead", () => {
    const points = Array.from({ length: 201 }, (_, n) => ({ n }));
    const chart = only({ title: "Latency", mark: "percentiles" }, { points, repetitions: 1 });
    expect(chart.drawn).toBe(0);
    expect(chart.alt).toBe('Not drawn, as it has 201 curves: let the plot\'s "where" choose fewer points.');
    expect(only({ title: "Rate", mark: "line", x: "n", y: "forwarding_rate" }, { points, repetitions: 1 }).drawn).toBe(
      201,
    );
  });

  it("calls three trials a range, and one trial no interval at all", () => {
    const plot: PlotRequest = { title: "Rate", mark: "bar", x: "traffic", y: "forwarding_rate" };
    expect(only(plot, { repetitions: 3 }).notes.join(" ")).toContain("below 6 trials: their range");
    expect(values(only(plot, { repetitions: 3 }))[0]?.["interval"]).toContain("(range of 3 trials)");
    expect(only(plot, { repetitions: 1 }).notes.join(" ")).toContain("no interval can be given");
    expect(only(plot, { repetitions: 8 }).notes.join(" ")).toContain(
      "Medians of 8 trials with 95 % confidence intervals.",
    );
  });

  it("names files after titles without letting a title choose the path", () => {
    expect(only({ title: "../../etc/passwd <x>", mark: "bar" }).id).toBe("chart-1-etc-passwd-x");
    expect(only({ title: "图表", mark: "bar" }).id).toBe("chart-1-untitled");
  });

  it("draws each of the quickstart's twelve points once a chart", () => {
    expect(quickstartPoints()).toHaveLength(12);
    expect(only({ title: "Rate", mark: "bar", x: "traffic", y: "forwarding_rate", color: "table" }).drawn).toBe(12);
  });
});
