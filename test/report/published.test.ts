import { describe, expect, it } from "vitest";
import { loadReference } from "../../src/paper/reference/load.js";
import { chartSvg } from "../../src/report/svg.js";
import { expectGolden } from "./golden.js";
import { drawnMarks, type Item, type Mark } from "./marks.js";
import { onlyChart, published, rowsOf, type MadeUpMetric, type Row, type TableRun } from "./table_runs.js";
import { warningsOf } from "./warnings.js";
import type { Params, PlotRequest } from "../../src/results/model.js";

const RATE: MadeUpMetric = {
  name: "link_rate",
  title: "Link rate",
  unit: "bit/s",
  better: "higher",
  value: ({ cores = 1, table }) => 30e9 * Number(cores) * (table === "cuckoo" ? 1 : 0.8),
};

const ONE_CORE = published("hpsr21/single_thread", [
  "f,Cuckoo,v1,,trace,Campus,throughput,45,Gbps,5,44,46",
  "f,Chaining (STL),v1,,trace,Campus,throughput,37,Gbps,5,36,38",
  "f,Cuckoo,v1,,trace,CAIDA,throughput,30,Gbps,5,29,31",
  "f,Cuckoo,v1,,trace,Campus,dropped,10,%,5,9,11",
]);

const MANY_CORES = published("hpsr21/multi_thread", [
  "f,Cuckoo (per-core),v1,,cores,1,throughput,40,Gbps,5,39,41",
  "f,Cuckoo (per-core),v1,,cores,2,throughput,75,Gbps,5,74,76",
  "f,Cuckoo (per-core),v1,,cores,4,throughput,98,Gbps,5,97,99",
  "f,Chaining (STL) (per-core),v1,,cores,1,throughput,35,Gbps,5,34,36",
  "f,Chaining (STL) (per-core),v1,,cores,2,throughput,68,Gbps,5,67,69",
  "f,Cuckoo Mutex (shared),v1,,cores,1,throughput,38,Gbps,5,37,39",
]);

const RULES = published("pam21/fig2_throughput", [
  "2a,Table 0,,bf1,rules,1000,throughput,99,Gbps,5,98,100",
  "2a,Table 0,,bf1,rules,16000,throughput,86,Gbps,5,85,87",
  "2a,Table 0,,cx5,rules,1000,throughput,98,Gbps,5,97,99",
  "2a,Table 0,,cx5,rules,16000,throughput,97,Gbps,5,96,98",
  "2b,Tables 1-16,,cx5,rules,1000,throughput,50,Gbps,5,49,51",
]);

const TABLES = ["cuckoo", "chaining-stl"];
const bar: PlotRequest = { title: "One core", mark: "bar", x: "table", y: "link_rate", reference: ONE_CORE.name };
const line: PlotRequest = { ...bar, mark: "line", x: "cores", color: "table", reference: MANY_CORES.name };

const oneCore: TableRun = {
  points: TABLES.map((table) => ({ table })),
  fixed: { "traffic.profile": "campus", cores: 1 },
  metrics: [RATE],
  plots: [bar],
  references: [ONE_CORE],
};

const manyCores: TableRun = {
  points: TABLES.flatMap((table) => [1, 2].map((cores) => ({ table, cores }))),
  fixed: { sharing: "sharded" },
  metrics: [RATE],
  plots: [line],
  references: [MANY_CORES],
};

function publishedRows(run: TableRun): readonly Row[] {
  return rowsOf(onlyChart(run)).filter((row) => row["published"] === true);
}

/** Of the measured values, then of the published ones; not the ticks of their intervals. */
function bars(drawn: readonly Mark[]): readonly (readonly Item[])[] {
  const isBar = ({ type, items }: Mark): boolean => type === "rect" && (items[0]?.height ?? 0) > 10;
  return drawn.filter(isBar).map(({ items }) => items);
}

function notes(run: TableRun): string {
  return onlyChart(run).notes.join(" ");
}

describe.each([
  ["bar", oneCore, 2],
  ["line", manyCores, 5],
] as const)("published values in a %s chart", (name, run, count) => {
  const chart = onlyChart(run);

  it("have the spec of the golden", () => {
    expectGolden(`${name}-published.vl.json`, chart.spec);
  });

  it("compile without a warning", () => {
    expect(warningsOf(chart)).toEqual([]);
  });

  it("stand beside the measured ones, in the legend, and in what is said of the chart", async () => {
    expect(publishedRows(run)).toHaveLength(count);
    const svg = await chartSvg(chart);
    expect(svg).toContain(">published<");
    expect(svg.match(/NaN|undefined/)).toBeNull();
    expect(chart.alt).toContain(`and ${count} published values`);
    expect(chart.notes.join(" ")).toMatch(/Published \(dashed.*\): “High-speed Connection Tracking.*HPSR 2021/);
  });
});

describe("a published bar", () => {
  it("is hollow, dashed and right beside the measured one, in its colour", async () => {
    const drawn = await drawnMarks(onlyChart(oneCore));
    const [own, theirs] = bars(drawn);
    expect(own?.map(({ fill, fillOpacity }) => [fill, fillOpacity])).toEqual(Array(2).fill(["#0072b2", 1]));
    const look = theirs?.map(({ stroke, fillOpacity, strokeDash }) => [stroke, fillOpacity, strokeDash]);
    expect(look).toEqual(Array(2).fill(["#0072b2", 0, [4, 3]]));
    for (const [i, { x, width = 0 }] of (own ?? []).entries()) {
      const gap = (theirs?.[i]?.x ?? 0) - (x + width);
      expect(gap).toBeGreaterThan(0);
      expect(gap).toBeLessThan(width);
    }
  });

  it("has the colour of its series where colours tell series apart", async () => {
    const plot: PlotRequest = { ...bar, x: "traffic.profile", color: "table" };
    const points = TABLES.map((table) => ({ table, "traffic.profile": "campus" }));
    const drawn = await drawnMarks(onlyChart({ ...oneCore, points, plots: [plot] }));
    const [own, theirs] = bars(drawn);
    expect(own?.map(({ fill }) => fill)).toEqual(["#0072b2", "#d55e00"]);
    expect(theirs?.map(({ stroke }) => stroke)).toEqual(["#0072b2", "#d55e00"]);
    const places = [...(own ?? []), ...(theirs ?? [])].toSorted((a, b) => a.x - b.x);
    expect(places.map(({ datum }) => [datum["series"], datum["published"] === true])).toEqual([
      ["cuckoo", false],
      ["cuckoo", true],
      ["chaining-stl", false],
      ["chaining-stl", true],
    ]);
  });

  it("is the value for the closest conditions: the campus trace where that was replayed", () => {
    const rows = publishedRows(oneCore);
    expect(rows.map(({ point, value }) => [point, value])).toEqual([
      ["Cuckoo, trace Campus", 45e9],
      ["Chaining (STL), trace Campus", 37e9],
    ]);
    expect(rows[0]).toMatchObject({ valueText: "45 Gbps", interval: "44.0–46.0 Gbps" });
  });
});

describe("a published line", () => {
  it("is dashed in the colour of its series, with hollow markers, also where the run did not go", async () => {
    const drawn = await drawnMarks(onlyChart(manyCores));
    const dashed = drawn.filter(({ type, items }) => type === "line" && items[0]?.strokeDash?.[0] === 4);
    expect(dashed.map(({ items }) => items[0]?.stroke)).toEqual(["#0072b2", "#d55e00"]);
    const [cuckoo] = dashed;
    expect(cuckoo?.items.map(({ datum }) => datum["x"])).toEqual([1, 2, 4]);
    const symbols = drawn.filter(({ type }) => type === "symbol").flatMap(({ items }) => items);
    const theirs = symbols.filter(({ datum }) => datum["published"] === true);
    expect(theirs.map(({ fill }) => fill)).toEqual(Array(5).fill("transparent"));
  });

  it("is grey, with a dash and a legend entry of its own, where it corresponds to no series", async () => {
    const points: Params[] = [1000, 16000].map((rules) => ({ rules }));
    const plot: PlotRequest = { ...bar, mark: "line", x: "rules", reference: RULES.name };
    const chart = onlyChart({ points, fixed: { tables: 0 }, metrics: [RATE], plots: [plot], references: [RULES] });
    const svg = await chartSvg(chart);
    expect(svg).toContain(">published: Table 0, BlueField<");
    expect(svg).toContain(">published: Table 0, ConnectX-5<");
    const lines = (await drawnMarks(chart)).filter(({ type }) => type === "line").map(({ items }) => items[0]);
    expect(lines.map((line) => [line?.stroke, line?.strokeDash])).toEqual([
      ["#59636e", [4, 3]],
      ["#59636e", [1, 3]],
      ["#0072b2", undefined],
    ]);
  });

  it("is drawn in every panel that it is about, and in no other", () => {
    const points = TABLES.flatMap((table) => [1, 2].map((cores) => ({ table, cores })));
    const { color: _, ...plain } = line;
    const plot: PlotRequest = { ...plain, facet: "table" };
    const rows = publishedRows({ ...manyCores, points, plots: [plot] });
    expect(rows.map(({ panel, x }) => [panel, x])).toEqual([
      ["cuckoo", 1],
      ["cuckoo", 2],
      ["cuckoo", 4],
      ["chaining-stl", 1],
      ["chaining-stl", 2],
    ]);
  });

  it("leaves values out that lie beyond the run and would flatten it, and says so", () => {
    const steep = published("hpsr21/multi_thread", [
      "f,Cuckoo (per-core),v1,,cores,1,throughput,40,Gbps,5,39,41",
      "f,Cuckoo (per-core),v1,,cores,2,throughput,500,Gbps,5,39,500",
      "f,Cuckoo (per-core),v1,,cores,8,throughput,900,Gbps,5,97,900",
      "f,Cuckoo (per-core),v1,,cores,16,throughput,2000,Gbps,5,97,2000",
    ]);
    const run = { ...manyCores, references: [steep] };
    expect(publishedRows(run).map(({ x }) => x)).toEqual([1, 2, 8]);
    expect(notes(run)).toContain("1 published value far above the others, up to 2 Tbps at 16, is not drawn.");
  });
});

describe("what a plot may ask of a published table", () => {
  it("is another quantity, and rows by their columns", () => {
    const asked = (reference: PlotRequest["reference"]): TableRun => ({ ...oneCore, plots: [{ ...bar, reference }] });
    const caida = publishedRows(asked({ series: ONE_CORE.name, pick: { x: "CAIDA" } }));
    expect(caida.map(({ point }) => point)).toEqual(["Cuckoo, trace CAIDA"]);
    const loss: MadeUpMetric = { ...RATE, unit: "ratio", value: () => 0.2 };
    const run = { ...asked({ series: ONE_CORE.name, y: "dropped" }), metrics: [loss] };
    expect(publishedRows(run).map(({ value }) => value)).toEqual([0.1]);
  });

  it.each<[string, Partial<TableRun>, string]>([
    ["a table that is not at hand", { references: [] }, "the table hpsr21/single_thread is not at hand."],
    ["another traffic", { fixed: { cores: 2 } }, "the nearest values of hpsr21/single_thread are for cores 1"],
    [
      "another unit",
      { plots: [{ ...bar, reference: { series: ONE_CORE.name, y: "dropped" } }] },
      "dropped of hpsr21/single_thread is in ratio, not in bit/s.",
    ],
    [
      "no such quantity",
      { plots: [{ ...bar, reference: { series: ONE_CORE.name, y: "latency" } }] },
      "hpsr21/single_thread has no 'latency'",
    ],
    [
      "an axis of which nothing is published",
      { points: [1, 2].map((slots) => ({ slots })), plots: [{ ...bar, x: "slots" }] },
      "hpsr21/single_thread does not say for which slots its values are.",
    ],
  ])("and if it is %s, the chart says why nothing is drawn", async (_name, changes, note) => {
    const run = { ...oneCore, ...changes };
    expect(publishedRows(run)).toEqual([]);
    expect(notes(run)).toContain(`Nothing published is drawn beside it: ${note}`);
    expect(await chartSvg(onlyChart(run))).not.toContain(">published<");
  });

  it("finds the values that ship for the tables of the paper", async () => {
    const table = await loadReference("hpsr21/single_thread");
    const rows = publishedRows({ ...oneCore, references: [table], plots: [bar] });
    expect(new Set(rows.map(({ x }) => x))).toEqual(new Set(TABLES));
    for (const { point } of rows) expect(point).toMatch(/trace Campus$/);
  });
});
