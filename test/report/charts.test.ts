import { describe, expect, it } from "vitest";
import { renderSpecs, type ChartSpec } from "../../src/report/specs.js";
import { chartSvg, renderSvg } from "../../src/report/svg.js";
import { expectGolden } from "./golden.js";
import { drawnMarks } from "./marks.js";
import { syntheticInput } from "./synthetic.js";
import { warningsOf } from "./warnings.js";
import type { PlotRequest, TimedEvent } from "../../src/results/model.js";

const tables = ["cuckoo", "chaining-stl"];
const sweep = tables.flatMap((table) => [16, 18, 20].map((log2) => ({ table, "traffic.flows": 2 ** log2 })));

/** Small runs, so that a person can read the golden. */
interface Kind {
  readonly name: string;
  readonly plot: PlotRequest;
  readonly seriesOver?: number;
  readonly repetitions?: number;
  readonly events?: readonly TimedEvent[];
}

const KINDS: readonly Kind[] = [
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
  {
    name: "matrix",
    plot: { title: "What each can do", mark: "matrix", x: "table", y: "forwarding_rate", color: "traffic.flows" },
  },
  {
    name: "timeseries-events",
    plot: { title: "Rules come", mark: "timeseries", y: "forwarding_rate", where: { "traffic.flows": 65536 } },
    seriesOver: 0.5,
    events: [{ says: "1k rules inserted", from: 0.2, to: 0.26 }],
  },
  {
    name: "line-log",
    plot: {
      title: "Latency",
      mark: "line",
      x: "traffic.flows",
      y: "latency_p99",
      color: "table",
      scale: "log",
    },
  },
  ...(["box", "violin"] as const).map((mark) => ({
    name: mark,
    plot: { title: "Trials", mark, x: "table", y: "forwarding_rate", where: { "traffic.flows": 262144 } },
    repetitions: 7,
  })),
  {
    name: "ecdf",
    plot: { title: "Trials", mark: "ecdf", y: "forwarding_rate", color: "table", facet: "traffic.flows" },
    repetitions: 5,
  },
  {
    name: "ecdf-latency",
    plot: { title: "Latency", mark: "ecdf", color: "table", scale: "log", where: { "traffic.flows": 65536 } },
  },
  {
    name: "heatmap",
    plot: { title: "Rate", mark: "heatmap", x: "traffic.flows", y: "table", color: "forwarding_rate" },
  },
  {
    name: "stacked",
    plot: {
      title: "Latency, piled up",
      mark: "stacked",
      x: "traffic.flows",
      parts: ["latency_p50", "latency_p95"],
      y: "latency_p99",
    },
  },
];

function chartOf({ plot, seriesOver = 0, repetitions = 2, events = [] }: Kind): ChartSpec {
  const input = syntheticInput({
    points: sweep,
    repetitions,
    plots: [plot],
    seriesOver,
    events,
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

/** The rows that a chart of this kind carries. */
function rowsOf(kind: Kind): readonly Readonly<Record<string, unknown>>[] {
  return (chartOf(kind).spec as { data: { values: Record<string, unknown>[] } }).data.values;
}

/** How many items of a mark Vega draws. */
async function drawn(kind: Kind, type: string): Promise<number> {
  return (await drawnMarks(chartOf(kind))).filter((mark) => mark.type === type).flatMap(({ items }) => items).length;
}

describe("what a chart shows", () => {
  it("is as wide below a long note as below none", async () => {
    const { spec } = chartOf({ name: "bar", plot: { title: "Rate", mark: "bar", x: "table", y: "forwarding_rate" } });
    const inside = async (subtitle: readonly string[]): Promise<string> => {
      const svg = await renderSvg({ ...spec, title: { text: "Rate", subtitle: [...subtitle] } });
      return /role-frame root.*?class="background"[^>]* d="M[\d.,]+h([\d.]+)v/.exec(svg)?.[1] ?? "";
    };
    expect(Number(await inside([]))).toBeGreaterThan(100);
    expect(await inside(["a note ".repeat(14).trim()])).toBe(await inside([]));
  });

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

  it("draws a dot a trial, and a box only where there are five trials", async () => {
    const plot = { title: "B", mark: "box", x: "traffic.flows", y: "forwarding_rate", color: "table" } as const;
    expect(await drawn({ name: "box", plot, repetitions: 6 }, "symbol")).toBe(5 * 6);
    expect(await drawn({ name: "box", plot, repetitions: 6 }, "rule")).toBe(5);
    expect(await drawn({ name: "box", plot, repetitions: 4 }, "symbol")).toBe(5 * 4);
    expect(await drawn({ name: "box", plot, repetitions: 4 }, "rule")).toBe(0);
  });

  it("has a distribution go from none to all of the trials, in steps of one", () => {
    const plot = { title: "E", mark: "ecdf", y: "forwarding_rate", where: { table: "cuckoo" } } as const;
    const rows = rowsOf({ name: "ecdf", plot, repetitions: 5 });
    const shares = rows.filter(({ point }) => point === rows[0]?.["point"]).map(({ share }) => share);
    expect(shares).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  });

  it("colours one cell a measured point, and none for the one that failed", async () => {
    const plot = { title: "H", mark: "heatmap", x: "traffic.flows", y: "table", color: "forwarding_rate" } as const;
    expect(await drawn({ name: "heatmap", plot }, "rect")).toBe(5);
    expect(rowsOf({ name: "heatmap", plot }).map(({ x, series }) => [x, series])).toContainEqual(["64Ki", "cuckoo"]);
  });

  it("stacks parts without a gap up to the median of the whole", () => {
    const parts = ["latency_p50", "latency_p95"];
    const plot = { title: "S", mark: "stacked", x: "traffic.flows", parts, y: "latency_max" } as const;
    const rows = rowsOf({ name: "stacked", plot, repetitions: 1 });
    const first = rows.filter(({ x }) => x === rows[0]?.["x"]);
    expect(first.map(({ from }) => from)).toEqual([0, ...first.slice(0, -1).map(({ to }) => to)]);
    expect(first.at(-1)?.["part"]).toBe("not in a part");
    const input = syntheticInput({ points: sweep, repetitions: 1 });
    expect(first.at(-1)?.["to"]).toBe(input.summary.points[0]?.metrics["latency_max"]?.median);
  });

  it("marks an event once for all trials, and says what it was", async () => {
    const plot = { title: "T", mark: "timeseries", y: "forwarding_rate", where: { table: "cuckoo" } } as const;
    const kind = { name: "t", plot, seriesOver: 0.5, events: [{ says: "1k rules inserted", from: 0.2, to: 0.26 }] };
    expect(await drawn(kind, "rule")).toBe(1);
    expect(chartOf(kind).notes).toContain("Grey, from the dotted line on: 1k rules inserted.");
  });

  it("leaves a zero out of a logarithmic axis and names it", () => {
    const plot = { title: "L", mark: "line", x: "traffic.flows", y: "loss_ratio", scale: "log" } as const;
    const some = chartOf({ name: "l", plot: { ...plot, scale: "linear" } });
    const log = chartOf({ name: "l", plot });
    const zeros = rowsOf({ name: "l", plot: { ...plot, scale: "linear" } }).filter(({ value }) => value === 0);
    expect(log.drawn + zeros.length).toBe(some.drawn);
    expect(log.omitted.filter(({ reason }) => reason === "0 on a logarithmic axis")).toHaveLength(zeros.length);
  });

  it("draws boxes alone where trials are thousands, and says so", async () => {
    const plot = {
      title: "B",
      mark: "box",
      x: "table",
      y: "forwarding_rate",
      where: { "traffic.flows": 65536 },
    } as const;
    const chart = chartOf({ name: "box", plot, repetitions: 1001 });
    const marks = await drawnMarks(chart);
    expect(marks.filter(({ type }) => type === "symbol").flatMap(({ items }) => items)).toEqual([]);
    expect(marks.filter(({ type }) => type === "rule").flatMap(({ items }) => items)).toHaveLength(2);
    expect(chart.notes.join(" ")).toContain("Of 2002 trials, too many for a dot each");
  }, 60_000);

  it("draws some lines of very many repetitions, from the first on, and says how many", () => {
    const plot = { title: "T", mark: "timeseries", y: "forwarding_rate", where: { "traffic.flows": 65536 } } as const;
    const kind = { name: "t", plot, repetitions: 500, seriesOver: 0.5 };
    const repetitions = new Set(rowsOf(kind).map(({ repetition }) => repetition));
    expect(repetitions.size).toBe(150);
    expect([...repetitions][0]).toBe(0);
    expect(chartOf(kind).notes).toContain("One line a repetition, of 500 a point at most 150, evenly spread.");
  }, 60_000);
});
