import { describe, expect, it } from "vitest";
import { find, leaves, merge, plain, setIn, type LocatedMap } from "../../src/yaml/located.js";
import { parseYaml } from "../../src/yaml/read.js";

function map(text: string): LocatedMap {
  const { node } = parseYaml(text, { source: "test", line: 1, column: 1 });
  if (node?.kind !== "map") throw new Error(`no map: ${text}`);
  return node;
}

describe("merge", () => {
  it("merges maps deeply, replaces the rest, and removes what is null (RFC 7396)", () => {
    const base = map("{ a: 1, b: { c: 2, d: [1, 2] }, e: { f: 3 } }");
    const merged = merge(base, map("{ a: null, b: { d: [9], g: 4 }, e: 5, h: { i: null, j: 6 } }"));
    expect(plain(merged)).toEqual({ b: { c: 2, d: [9], g: 4 }, e: 5, h: { j: 6 } });
    expect(plain(base)).toEqual({ a: 1, b: { c: 2, d: [1, 2] }, e: { f: 3 } });
  });

  it("keeps the order of the base and the places of both", () => {
    const merged = merge(map("a: 1\nb: 2\n"), map("\n\n\na: 3\n"));
    expect(Object.keys(plain(merged) as object)).toEqual(["a", "b"]);
    expect(find(merged, ["a"])?.place.line).toBe(4);
    expect(find(merged, ["b"])?.place.line).toBe(2);
  });
});

describe("setIn", () => {
  it("makes maps on the way and leaves the old tree alone", () => {
    const base = map("{ a: { b: 1 }, s: x }");
    const entry = { keyPlace: base.place, value: { kind: "scalar", place: base.place, value: 7 } } as const;
    expect(plain(setIn(base, ["a", "c", "d"], entry))).toEqual({ a: { b: 1, c: { d: 7 } }, s: "x" });
    expect(plain(setIn(base, ["s", "t"], entry))).toEqual({ a: { b: 1 }, s: { t: 7 } });
    expect(plain(base)).toEqual({ a: { b: 1 }, s: "x" });
  });

  it("takes __proto__ as a key like any other", () => {
    const base = map("{ __proto__: { polluted: true } }");
    expect(Object.keys(plain(base) as object)).toEqual(["__proto__"]);
    expect({}).not.toHaveProperty("polluted");
  });
});

describe("leaves", () => {
  it("lists scalars and lists by dotted path", () => {
    const value = map("{ a: 1, b: { c: x, d: [1] } }");
    const paths = leaves({ keyPlace: value.place, value }, "top").map(([path, entry]) => [path, plain(entry.value)]);
    expect(paths).toEqual([
      ["top.a", 1],
      ["top.b.c", "x"],
      ["top.b.d", [1]],
    ]);
  });
});
