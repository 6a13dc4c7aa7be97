import { describe, expect, it } from "vitest";
import { z } from "zod";
import { frameRateSchema } from "../../src/units.js";
import { check } from "../../src/yaml/check.js";
import { problemsError, problemText } from "../../src/yaml/problems.js";
import { parseYaml } from "../../src/yaml/read.js";

/** The problems of a text as lines, without the name of the file. */
function problemsOf(schema: z.ZodType, text: string): readonly string[] {
  const { node, problems } = parseYaml(text, { source: "f", line: 1, column: 1 });
  if (node === undefined) return problems.map(problemText);
  const checked = check(schema, node);
  return checked.ok ? [] : checked.problems.map(problemText);
}

describe("check", () => {
  it("tells each unknown key at its own place, with the nearest name", () => {
    const schema = z.strictObject({ inner: z.strictObject({ warmup: z.number().optional(), duration: z.number() }) });
    expect(problemsOf(schema, "inner:\n  duration: 1\n  warmpu: 2\n  zzz: 3\n")).toEqual([
      "f:3:3: inner: unknown key 'warmpu'; did you mean 'warmup'? known: warmup, duration",
      "f:4:3: inner: unknown key 'zzz'; known: warmup, duration",
    ]);
  });

  it.each([
    [z.object({ a: z.string() }), "b: 1", "f:1:1: a: missing; write a text"],
    [z.object({ a: z.enum(["x", "y"]) }), "b: 1", "f:1:1: a: missing; write one of x, y"],
    [z.object({ a: z.literal(1) }), "a: 2", "f:1:4: a: 2 is not 1"],
    [
      z.object({ a: z.enum(["cuckoo", "robin-map"]) }),
      "a: cukoo",
      "f:1:4: a: 'cukoo' is not one of cuckoo, robin-map; did you mean 'cuckoo'?",
    ],
    [z.object({ a: z.int() }), "a: 1.5", "f:1:4: a: 1.5 is not a whole number"],
    [z.object({ a: z.number() }), "a: .nan", "f:1:4: a: NaN is not a number"],
    [z.object({ a: z.number().min(3) }), "a: 1", "f:1:4: a: 1 is too small; write a number of at least 3"],
    [z.object({ a: z.number().gt(0) }), "a: 0", "f:1:4: a: 0 is too small; write a number above 0"],
    [z.object({ a: z.number().max(3) }), "a: 5", "f:1:4: a: 5 is too large; write a number of at most 3"],
    [z.object({ a: z.array(z.number()).min(1) }), "a: []", "f:1:4: a: needs at least 1 value"],
    [z.object({ a: z.string().min(1) }), "a: ''", "f:1:4: a: must not be empty"],
    [z.object({ a: z.array(z.boolean()) }), "a:\n  - true\n  - maybe\n", "f:3:5: a[1]: 'maybe' is not true or false"],
    [z.record(z.string().regex(/^a/, "must start with a"), z.number()), "a: 1\nb: 2\n", "f:2:1: b: must start with a"],
    [z.object({ a: z.unknown() }).refine(() => false, { path: ["a"], error: "no good" }), "a: 1", "f:1:4: a: no good"],
  ])("%# says what is wrong and what to write", (schema, text, message) => {
    expect(problemsOf(schema, text)).toEqual([message]);
  });

  it("joins what the branches of a union want from a scalar", () => {
    const schema = z.object({ rate: z.union([z.literal("max"), frameRateSchema()]) });
    expect(problemsOf(schema, "rate: 5Mbit")).toEqual([
      "f:1:7: rate: '5Mbit' is not a frame rate; write frames per second such as 5Mpps or 500kpps, or max",
    ]);
    expect(problemsOf(schema, "{}")).toEqual([
      "f:1:1: rate: missing; write max, or frames per second such as 5Mpps or 500kpps",
    ]);
    expect(problemsOf(schema, "rate: 10pps")).toEqual([]);
  });

  it("explains a map by the branch of a union that it comes closest to", () => {
    const schema = z.object({
      traffic: z.union([
        z.strictObject({ pcap: z.string(), rate: z.number().optional() }),
        z.strictObject({ profile: z.enum(["zipf", "campus"]), flows: z.number() }),
      ]),
    });
    expect(problemsOf(schema, "traffic: { profile: campos, flows: 1 }")).toEqual([
      "f:1:21: traffic.profile: 'campos' is not one of zipf, campus; did you mean 'campus'?",
    ]);
    expect(problemsOf(schema, "traffic: { pcap: x, rat: 1 }")).toEqual([
      "f:1:21: traffic: unknown key 'rat'; did you mean 'rate'? known: pcap, rate",
    ]);
    expect(problemsOf(schema, "traffic: 5")).toEqual(["f:1:10: traffic: 5 is not a map such as { key: value }"]);
  });

  it("knows discriminated unions", () => {
    const schema = z.object({
      t: z.discriminatedUnion("kind", [z.object({ kind: z.literal("one") }), z.object({ kind: z.literal("two") })]),
    });
    expect(problemsOf(schema, "t: { kind: tow }")).toEqual([
      "f:1:12: t.kind: 'tow' is not one of one, two; did you mean 'two'?",
    ]);
    expect(problemsOf(schema, "t: {}")).toEqual(["f:1:1: t.kind: missing; write one of one, two"]);
  });

  it("shows long and odd values in one short line", () => {
    const [message = ""] = problemsOf(z.object({ a: z.number() }), `a: "line\\nbreak ${"x".repeat(500)}"`);
    expect(message).toContain("'line\\nbreak xxx");
    expect(message.length).toBeLessThan(120);
  });
});

describe("problemsError", () => {
  const problem = (line: number, message: string) => ({ place: { source: "f", line, column: 1 }, path: "", message });

  it("tells all problems in the order of the file, each once", () => {
    const error = problemsError("X", "f", [problem(9, "late"), problem(2, "early"), problem(9, "late")], "hint");
    expect(error.message).toBe("2 problems in f:\n  f:2:1: early\n  f:9:1: late");
  });

  it("stops after 20", () => {
    const many = Array.from({ length: 25 }, (_, index) => problem(index + 1, "wrong"));
    const lines = problemsError("X", "f", many, "hint").message.split("\n");
    expect(lines).toHaveLength(22);
    expect(lines.at(-1)).toBe("  … and 5 more");
  });
});
