import { describe, expect, it } from "vitest";
import { plain } from "../../src/yaml/located.js";
import { parseYaml } from "../../src/yaml/read.js";
import { expandMatrix, type Expansion } from "../../src/suite/matrix.js";

function expand(matrix: string): Expansion {
  const { node, problems } = parseYaml(`matrix:\n${matrix.replace(/^/gm, "  ")}`, { source: "s", line: 1, column: 1 });
  expect(problems).toEqual([]);
  if (node?.kind !== "map") throw new Error("no map");
  return expandMatrix(node);
}

function combinations(matrix: string): readonly Record<string, unknown>[] {
  const { combinations: all, problems } = expand(matrix);
  expect(problems).toEqual([]);
  return all.map((one) => Object.fromEntries([...one].map(([path, { value }]) => [path, plain(value)])));
}

const valuesOf = (axis: string): readonly unknown[] => combinations(`a: ${axis}`).map(({ a }) => a);
const problemOf = (matrix: string): string =>
  expand(matrix)
    .problems.map(({ message }) => message)
    .join("\n");

describe("axes", () => {
  it.each([
    ["[cuckoo, 64Ki, true]", ["cuckoo", "64Ki", true]],
    ["{ from: 1, to: 4, step: 1 }", [1, 2, 3, 4]],
    ["{ from: 0.1, to: 0.5, step: 0.1 }", [0.1, 0.2, 0.3, 0.4, 0.5]],
    ["{ from: 1Mpps, to: 2Mpps, step: 500kpps }", [1e6, 1.5e6, 2e6]],
    ["{ from: 5, to: 5, step: 1 }", [5]],
    ["{ log2: [64Ki, 512Ki] }", [65_536, 131_072, 262_144, 524_288]],
    ["{ log2: [1, 4], steps: 2 }", [1, 1.414, 2, 2.828, 4].map(Math.round).filter((v, i, all) => all.indexOf(v) === i)],
    ["{ log10: [1k, 1M] }", [1e3, 1e4, 1e5, 1e6]],
    ["{ log10: [10, 1000], steps: 3 }", [10, 22, 46, 100, 215, 464, 1000]],
    ["{ log10: [1us, 1ms] }", [1e-6, 1e-5, 1e-4, 1e-3]],
    ["{ log10: ['0.1%', '10%'] }", [0.001, 0.01, 0.1]],
  ])("%s has these values", (axis, values) => {
    expect(valuesOf(axis)).toEqual(values);
  });

  it.each([
    ["a: { from: 1, to: 3, step: 0 }", "step must be above 0"],
    ["a: { from: 3, to: 1, step: 1 }", "from must not be above to"],
    ["a: { from: 1Mpps, to: 2s, step: 1 }", "mixes frame rate and duration"],
    ["a: { log2: [0, 8] }", "a logarithmic axis starts above 0"],
    ["a: { log2: [8, 1] }", "the first value must not be above the last"],
    ["a: { log10: [1k, lots] }", "'lots' is not a quantity"],
    ["a: { from: 0, to: 1G, step: 1 }", "has 1000000001 values; an axis holds at most 100000"],
    ["a: { from: 1, to: 1000, step: 1 }\nb: { from: 1, to: 101, step: 1 }", "has 101000 points, more than 100000"],
    ["a..b: [1]", "'a..b' is not the dotted path of a parameter"],
  ])("%s is refused", (matrix, message) => {
    expect(problemOf(matrix)).toContain(message);
  });

  it("warns of an axis that misses its end", () => {
    const { warnings } = expand("a: { log2: [64Ki, 200Ki] }");
    expect(warnings).toEqual(["The steps of axis 'a' (line 2) do not reach '200Ki'; its last value is 131072."]);
    expect(expand("a: { log2: [64Ki, 256Ki] }").warnings).toEqual([]);
  });
});

describe("combinations", () => {
  it("are all pairs, the last axis fastest", () => {
    expect(combinations("a: [x, y]\nb.c: [1, 2]")).toEqual([
      { a: "x", "b.c": 1 },
      { a: "x", "b.c": 2 },
      { a: "y", "b.c": 1 },
      { a: "y", "b.c": 2 },
    ]);
  });

  it("spread maps below their axis", () => {
    expect(combinations("traffic: [{ profile: campus, flows: 64Ki }, { pcap: x.pcap }]")).toEqual([
      { "traffic.profile": "campus", "traffic.flows": "64Ki" },
      { "traffic.pcap": "x.pcap" },
    ]);
  });

  it("are one without a matrix and one with an empty one", () => {
    expect(combinations("{}")).toEqual([{}]);
  });

  it("number the product of the axes' lengths, whatever these are", () => {
    for (let a = 1; a <= 4; a += 1) {
      for (let b = 1; b <= 4; b += 1) {
        const all = combinations(`a: { from: 1, to: ${a}, step: 1 }\nb: { from: 1, to: ${b}, step: 1 }`);
        expect(new Set(all.map((one) => JSON.stringify(one))).size).toBe(a * b);
      }
    }
  });
});

describe("exclude", () => {
  it("leaves out what has all values of an entry, in whatever unit", () => {
    const matrix =
      "a: [x, y]\nflows: { log2: [64Ki, 128Ki] }\nt: [500ms]\nexclude:\n  - { a: x, flows: 64Ki }\n  - { flows: 128Ki, a: y, t: 0.5 }";
    expect(combinations(matrix).map(({ a, flows }) => [a, flows])).toEqual([
      ["x", 131_072],
      ["y", 65_536],
    ]);
  });

  it("matches values inside maps, dotted or nested", () => {
    const traffic = "traffic: [{ profile: campus, flows: 1 }, { pcap: x }]\n";
    expect(combinations(`${traffic}exclude: [{ traffic.pcap: x }]`)).toHaveLength(1);
    expect(combinations(`${traffic}exclude: [{ traffic: { pcap: x } }]`)).toHaveLength(1);
  });

  it("names keys that no axis sweeps, warns of entries without effect, and never leaves nothing", () => {
    expect(problemOf("table: [x]\nexclude: [{ tabel: x }]")).toBe("'tabel' is not swept; did you mean 'table'?");
    expect(problemOf("a: [x]\nexclude: [{ a: x }]")).toBe("leaves no point of the matrix");
    expect(expand("a: [x]\nexclude: [{ a: z }]").warnings).toEqual([
      "matrix.exclude[0] fits no combination, so it leaves nothing out.",
    ]);
  });
});

describe("include", () => {
  it("does what the documentation of GitHub Actions shows", () => {
    const all = combinations(
      [
        "fruit: [apple, pear]",
        "animal: [cat, dog]",
        "include:",
        "  - color: green",
        "  - { color: pink, animal: cat }",
        "  - { fruit: apple, shape: circle }",
        "  - fruit: banana",
        "  - { fruit: banana, animal: cat }",
      ].join("\n"),
    );
    expect(all).toEqual([
      { fruit: "apple", animal: "cat", color: "pink", shape: "circle" },
      { fruit: "apple", animal: "dog", color: "green", shape: "circle" },
      { fruit: "pear", animal: "cat", color: "pink" },
      { fruit: "pear", animal: "dog", color: "green" },
      { fruit: "banana" },
      { fruit: "banana", animal: "cat" },
    ]);
  });

  it("brings back what exclude left out, and stands alone without axes", () => {
    expect(combinations("a: [x, y]\nexclude: [{ a: x }]\ninclude: [{ a: x, b: 1 }]")).toEqual([
      { a: "y" },
      { a: "x", b: 1 },
    ]);
    expect(combinations("include: [{ a: x }, { a: y, b: 1 }]")).toEqual([{ a: "x" }, { a: "y", b: 1 }]);
  });
});
