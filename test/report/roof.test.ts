import { compile } from "vega-lite";
import { describe, expect, it } from "vitest";
import { themedSpec } from "../../src/report/html/themed.js";
import { chartSvg } from "../../src/report/svg.js";
import { expectGolden } from "./golden.js";
import { drawnMarks } from "./marks.js";
import { onlyChart, rowsOf, type MadeUpMetric, type TableRun } from "./table_runs.js";
import { warningsOf } from "./warnings.js";
import type { Params, PlotRequest } from "../../src/results/model.js";

const TABLES = ["flowline", "cuckoo", "chaining"];
const speeds: Readonly<Record<string, number>> = { flowline: 60e6, cuckoo: 40e6, chaining: 10e6 };

function lookups({ table }: Params): number {
  return speeds[String(table)] ?? 20e6;
}

const RATE: MadeUpMetric = { name: "lookup_rate", title: "Lookups", unit: "op/s", better: "higher", value: lookups };
const LIMIT: MadeUpMetric = {
  name: "line_read_rate",
  title: "Line reads (the limit)",
  unit: "op/s",
  better: "neither",
  value: ({ slots }) => (slots === 65536 ? 200e6 : 100e6),
};

const INK = "#1b1f24";
const COLORS = ["#0072b2", "#d55e00", "#009e73"];

const bar: PlotRequest = { title: "Lookups", mark: "bar", x: "table", y: "lookup_rate", roof: "line_read_rate" };
const line: PlotRequest = { ...bar, mark: "line", x: "slots", color: "table" };

function run(
  plot: PlotRequest,
  tables: readonly string[] = TABLES,
  limit: MadeUpMetric["value"] = LIMIT.value,
): TableRun {
  const points = tables.flatMap((table) => [65536, 262144, 1048576].map((slots) => ({ table, slots })));
  const shown = plot.mark === "bar" ? points.filter(({ slots }) => slots === 65536) : points;
  return { points: shown, metrics: [RATE, { ...LIMIT, value: limit }], plots: [plot] };
}

describe.each([
  ["bar", bar],
  ["line", line],
])("the limit in a %s chart", (name, plot) => {
  const chart = onlyChart(run(plot));

  it("has the spec of its golden", () => {
    expectGolden(`${name}-roof.vl.json`, chart.spec);
  });

  it("compiles without a warning", () => {
    expect(warningsOf(chart)).toEqual([]);
  });

  it("stands in the legend, and as a share in every tooltip", async () => {
    expect(await chartSvg(chart)).toContain(">limit: line reads<");
    const text = JSON.stringify(compile(chart.spec).spec);
    expect(text).toContain("Share of the limit");
    const [first] = rowsOf(chart);
    expect(first).toMatchObject({ roof: 200e6, limit: "200 Mop/s", share: "30%" });
  });

  it("is drawn without a broken coordinate, and follows the page's theme", async () => {
    expect((await chartSvg(chart)).match(/NaN|undefined|null/)).toBeNull();
    expect(JSON.stringify(themedSpec(chart)).replaceAll(/"values":\[.*?\]/g, "")).not.toContain('"#1b1f24"');
  });
});

describe("the limit of bars", () => {
  it("is a stroke over each bar, as wide as the bar", async () => {
    const [bars, ...others] = await drawnMarks(onlyChart(run(bar)));
    const limits = others.find(({ type, items }) => type === "rect" && items[0]?.height === 0);
    expect(bars?.items.map(({ width }) => width)).toEqual(limits?.items.map(({ width }) => width));
    expect(bars?.items.map(({ x }) => x)).toEqual(limits?.items.map(({ x }) => x));
    expect(limits?.items.map(({ stroke }) => stroke)).toEqual([INK, INK, INK]);
  });

  it("is told as a share above each bar", async () => {
    const chart = onlyChart(run(bar));
    const svg = await chartSvg(chart);
    for (const share of [">30%<", ">20%<", ">5%<"]) expect(svg).toContain(share);
    expect(chart.notes).toContain("Figures above the bars: share of the limit.");
  });

  it("is a floor where less is better: its share is the limit over the value", () => {
    const time: MadeUpMetric = { ...RATE, name: "lookup_rate", unit: "ns", better: "lower", value: () => 20 };
    const limit: MadeUpMetric = { ...LIMIT, unit: "ns", value: () => 5 };
    const chart = onlyChart({ points: [{ table: "a" }, { table: "b" }], metrics: [time, limit], plots: [bar] });
    expect(rowsOf(chart)[0]).toMatchObject({ limit: "5 ns", share: "25%" });
  });

  it("names the points that have none, and says so where no point has", () => {
    const some = onlyChart(run(bar, TABLES, ({ table }) => (table === "cuckoo" ? undefined : 1e8)));
    expect(some.notes).toContain("No limit was measured for cuckoo.");
    expect(rowsOf(some).filter((row) => "roof" in row)).toHaveLength(2);
    const none = onlyChart(run(bar, TABLES, () => undefined));
    expect(none.notes).toContain("No limit is drawn: no point has line reads (the limit).");
    expect(JSON.stringify(none.spec)).not.toContain("limit: ");
  });
});

describe("the limit of lines", () => {
  const marks = async (tables: readonly string[], limit: MadeUpMetric["value"]) => {
    const chart = onlyChart(run(line, tables, limit));
    const drawn = await drawnMarks(chart);
    const strokes = drawn.filter(({ type }) => type === "line").map(({ items }) => items[0]?.stroke);
    return {
      notes: chart.notes,
      rows: rowsOf(chart),
      strokes,
      bands: drawn.filter(({ type }) => type === "area").length,
    };
  };

  it("is one line where it is about the same for all series", async () => {
    const alike = await marks(TABLES, ({ table }) => (table === "cuckoo" ? 104e6 : 100e6));
    expect(alike).toMatchObject({ strokes: [INK, ...COLORS], bands: 0 });
  });

  it("is one line a series, in its colour, where few series differ", async () => {
    const apart = await marks(TABLES, ({ table }) => (table === "cuckoo" ? 50e6 : 100e6));
    expect(apart).toMatchObject({ strokes: [...COLORS, ...COLORS], bands: 0 });
  });

  it("is a band with its middle where many differ, and the note says where each is to be found", async () => {
    const many = ["a", "b", "c", "d"];
    const apart = await marks(many, ({ table }) => 50e6 * (1 + many.indexOf(String(table))));
    expect(apart).toMatchObject({ strokes: [INK, ...COLORS, "#cc79a7"], bands: 1 });
    expect(apart.notes.join(" ")).toContain("each marker's tooltip has its own");
    expect(apart.rows[0]).toMatchObject({ limit: "50 Mop/s" });
  });
});
