/** Charts of many tables over a parameter that scales: what the flow-table suites draw. */
import { compile } from "vega-lite";
import { describe, expect, it } from "vitest";
import { chartSvg } from "../../src/report/svg.js";
import { isGeometric } from "../../src/report/charts/x_axis.js";
import { drawnMarks } from "./marks.js";
import { onlyChart, type MadeUpMetric } from "./table_runs.js";
import type { ParamValue } from "../../src/results/model.js";

const TABLES = [
  "flowline",
  "cuckoo++",
  "robin-map",
  "hopscotch",
  "cuckoo",
  "chaining",
  "chaining-stl",
  "rte_hash",
  "absl",
];
const RATE: MadeUpMetric = {
  name: "lookup_rate",
  title: "Lookups",
  unit: "op/s",
  better: "higher",
  value: ({ table }) => 10e6 * (1 + TABLES.indexOf(String(table))),
};

function over(parameter: string, values: readonly ParamValue[], tables: readonly string[] = TABLES) {
  return onlyChart({
    points: tables.flatMap((table) => values.map((value) => ({ table, [parameter]: value }))),
    metrics: [RATE],
    plots: [{ title: "Lookups", mark: "line", x: parameter, y: "lookup_rate", color: "table" }],
  });
}

function xScale(chart: ReturnType<typeof over>) {
  return compile(chart.spec).spec.scales?.find(({ name }) => name === "x");
}

describe("nine tables over six sizes", () => {
  const chart = over(
    "slots",
    [16, 18, 20, 21, 22, 24].map((log2) => 2 ** log2),
  );

  it("have a legend entry each, and no two look the same", async () => {
    const svg = await chartSvg(chart);
    for (const table of TABLES) expect(svg).toContain(`>${table}<`);
    const symbols = (await drawnMarks(chart)).filter(({ type }) => type === "symbol").flatMap(({ items }) => items);
    expect(new Set(symbols.map(({ fill }) => fill)).size).toBe(9);
    expect(new Set(symbols.map(({ shape }) => shape)).size).toBe(9);
  });

  it("have their sizes on a logarithmic axis, in powers of two", async () => {
    expect(xScale(chart)).toMatchObject({ type: "log", base: 2 });
    const svg = await chartSvg(chart);
    for (const tick of ["64Ki", "256Ki", "1Mi", "4Mi", "16Mi"]) expect(svg).toContain(`>${tick}<`);
  });
});

describe("the x axis", () => {
  it("is linear for cores one by one and logarithmic for cores that double", () => {
    expect(isGeometric(Array.from({ length: 16 }, (_, i) => i + 1))).toBe(false);
    expect(isGeometric([1, 2, 4, 8, 16])).toBe(true);
    expect(isGeometric([0.001, 0.01, 0.1, 1])).toBe(true);
    expect(isGeometric([1000, 16000, 32000, 56000, 57000, 58000, 65536])).toBe(false);
    expect(isGeometric([1, 100])).toBe(false);
    expect(isGeometric([0, 1, 16])).toBe(false);
  });

  it("shows load factors in per cent, also where there are too many to show each", async () => {
    const few = await chartSvg(over("load_factor", [0.5, 0.7, 0.9]));
    for (const tick of ["50%", "70%", "90%"]) expect(few).toContain(`>${tick}<`);
    const many = await chartSvg(
      over(
        "load_factor",
        Array.from({ length: 19 }, (_, i) => (i + 1) / 20),
      ),
    );
    expect(many).toMatch(/>\d+%</);
    expect(many).not.toMatch(/>0\.\d+</);
  });

  it("labels some powers of two where there are too many values to label each", async () => {
    const values = Array.from({ length: 29 }, (_, i) => Math.round(2 ** (10 + i / 2)));
    const svg = await chartSvg(over("slots", values, ["a"]));
    const ticks = [...svg.matchAll(/>(\d+(?:Ki|Mi))</g)].map(([, text]) => text);
    expect(ticks.length).toBeGreaterThan(4);
    expect(ticks.length).toBeLessThanOrEqual(10);
    expect(svg).not.toContain(">1,048,576<");
  });

  it("leaves room for the markers at both ends", () => {
    expect(JSON.stringify(xScale(over("cores", [1, 2, 4])))).toContain('"padding":12');
  });
});

describe("bars with long names", () => {
  it("have their labels tilted where they do not fit side by side", async () => {
    const names = Array.from({ length: 12 }, (_, i) => `a-table-with-a-long-name-${i}`);
    const chart = onlyChart({
      points: names.map((table) => ({ table })),
      metrics: [RATE],
      plots: [{ title: "Lookups", mark: "bar", x: "table", y: "lookup_rate" }],
    });
    const svg = await chartSvg(chart);
    expect(svg.match(/rotate\(-35\)[^>]*>a-table-with/g)).toHaveLength(12);
  });
});
