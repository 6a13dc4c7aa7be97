import { describe, expect, it } from "vitest";
import { UserError } from "../../../src/errors.js";
import { claimsJsonSchema, parseClaims } from "../../../src/paper/language/claim.js";
import { yaml } from "../run.js";

describe("a list of claims", () => {
  it("is parsed with defaults, and parsing again changes nothing", () => {
    const [claim] = parseClaims([
      { id: "A1", says: "x", expect: yaml("order: { metric: link_rate, across: table, is: a > b }") },
    ]);
    expect(claim?.expect.order).toEqual({ metric: "link_rate", across: "table", is: "a > b", tolerance: 0.1 });
    expect(parseClaims([claim])).toEqual([claim]);
  });

  it("may be absent or empty", () => {
    expect(parseClaims(undefined)).toEqual([]);
    expect(parseClaims([])).toEqual([]);
  });

  it("reads factors in all spellings", () => {
    const factor = (at_least: unknown) =>
      parseClaims([{ id: "A", says: "x", expect: { ratio: { metric: "m", of: {}, to: {}, at_least } } }])[0]?.expect
        .ratio?.at_least;
    expect([1.5, "1.5", "1.5x", "150%"].map(factor)).toEqual([1.5, 1.5, 1.5, 1.5]);
  });
});

/** The message for one claim with this expectation. */
function refusal(expectation: string): string {
  try {
    parseClaims([{ id: "A1", says: "x", expect: yaml(expectation) }]);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  throw new Error("was not refused");
}

describe("a claim that is not valid", () => {
  it.each([
    ["{}", "[0].expect: missing; write one of order, ratio"],
    ["ordr: {}", "unknown key 'ordr'; did you mean 'order'?"],
    ["{ order: { metric: m, across: t, is: a > b }, not: { untestable: x } }", "[0].expect.not: is a second operator"],
    ["order: { metric: m, across: t, is: a }", "[0].expect.order.is: one value has no order"],
    ["order: { across: t, is: a > b }", "[0].expect.order.metric: missing; write a text"],
    ["order: { metric: m, across: t, is: a > b, tolerence: 5% }", "did you mean 'tolerance'?"],
    [
      "order: { metric: m, across: t, is: a > b, tolerance: 5pps }",
      "[0].expect.order.tolerance: '5pps' is not a share",
    ],
    ["ratio: { metric: m, of: { a: 1 }, to: { a: 2 } }", "[0].expect.ratio.at_least: missing; write at_least"],
    [
      "ratio: { metric: m, of: { a: 1 }, to: { a: 2 }, at_least: much }",
      "'much' is not a factor; write 1.5, 1.5x or 150%",
    ],
    ["ratio: { metric: m, of: { a: 1 }, to: { a: 2 }, at_least: -1 }", "-1 is not a factor"],
    ["ratio: { metric: m, of: { a: 1 }, to: { a: 2 }, between: [2, 1] }", "nothing is at least 2 and at most 1"],
    [
      "ratio: { metric: m, of: { a: 1 }, to: { a: 2 }, at_least: 1, above: 1 }",
      "at_least and above say the same twice",
    ],
    ["ratio: { metric: m, of: { a: 1 }, to: { a: 2 }, at_least: 1, between: [1, 2] }", "between is both limits"],
    ["ratio: { metric: m, of: { a: { from: } }, to: { a: 2 }, above: 1 }", "[0].expect.ratio.of.a"],
    ["ratio: { metric: m, of: { a: [] }, to: { a: 2 }, above: 1 }", "needs at least 1 value"],
    ["within: { metric: m, where: { a: {} }, at_most: 1 }", "is empty; write { from: 1k, to: 1M }"],
    ["within: { metric: m, where: { a: { highest: any } }, at_most: 1 }", "unknown key 'highest'"],
    ["monotone: { metric: m, along: x, is: up }", "'up' is not one of rising, falling, flat"],
    ["monotone: { metric: m, along: x, is: flat, to: { a: 1 } }", "[0].expect.monotone.of: missing"],
    ["cliff: { metric: m, along: x }", "missing; write one of falls_by, rises_by"],
    ["cliff: { metric: m, along: x, falls_by: 2, rises_by: 2 }", "exclude each other"],
    ["cliff: { metric: m, along: x, falls_by: 2, same_place_as: { metric: n } }", "same_place_as.falls_by: missing"],
    ["knee: { metric: m, along: x, falls_to: 5 }", "[0].expect.knee.at_least: missing"],
    [
      "knee: { metric: m, along: x, falls_to: { share: 50%, of: middle }, at_least: 1 }",
      "'middle' is not one of first",
    ],
    ["linear: { metric: m, along: x }", "[0].expect.linear.r2: missing"],
    ["published: { metric: m, along: x, series: a/b }", "missing; write one of within, same_order, correlation"],
    ["all: []", "[0].expect.all: needs at least 1 value"],
    ["all: [{ any: [{ not: { order: { metric: m, across: t, is: a } } }] }]", "[0].expect.all[0].any[0].not.order.is"],
    ["not: []", "[0].expect.not: a list is not a map"],
    ["a text", "is not a map"],
  ])("is refused with the path inside it: %s", (expectation, message) => {
    expect(refusal(expectation)).toContain(message);
  });

  it("tells all problems at once", () => {
    const message = refusal(
      "all: [{ order: { metric: m, across: t, is: a } }, { linear: { metric: m, along: x, r2: 2 } }]",
    );
    expect(message).toContain("all[0].order.is");
    expect(message).toContain("all[1].linear.r2");
  });

  it.each([
    ["a function", [{ id: "A1", says: "x", expect: () => 1 }]],
    ["a circle", circle()],
    ["a number", 7],
    ["claims without id", [{ says: "x", expect: { untestable: "y" } }]],
  ])("is a UserError for %s as well", (_, claims) => {
    expect(() => parseClaims(claims)).toThrow(UserError);
  });
});

function circle(): unknown {
  const claim: Record<string, unknown> = { id: "A1", says: "x" };
  claim["expect"] = { not: claim["expect"] ?? claim };
  return [claim];
}

describe("the JSON Schema of claims", () => {
  const schema = claimsJsonSchema();
  const definitions = schema["$defs"] as Record<string, Record<string, unknown>>;

  it("holds every operator, and allows exactly one", () => {
    const properties = definitions["expect"]?.["properties"] as object;
    const operators = [
      "order",
      "ratio",
      "within",
      "monotone",
      "cliff",
      "knee",
      "linear",
      "published",
      "all",
      "any",
      "not",
    ];
    expect(Object.keys(properties)).toEqual([...operators, "untestable"]);
    expect(definitions["expect"]).toMatchObject({ minProperties: 1, maxProperties: 1, additionalProperties: false });
  });

  it("refers to itself only through its definitions, so that it can be embedded", () => {
    const text = JSON.stringify(schema);
    const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, target]) => target);
    expect(new Set(references)).toEqual(new Set(["expect", "selection", "where"].map((name) => `#/$defs/${name}`)));
    expect(Object.keys(definitions).sort()).toEqual(["expect", "selection", "where"]);
  });

  it("describes every key", () => {
    expect(undescribed(schema, "")).toEqual([]);
  });
});

/** Keys that an editor would show without a word. */
function undescribed(node: unknown, path: string): readonly string[] {
  if (typeof node !== "object" || node === null) return [];
  const own = node as Record<string, unknown>;
  const properties = typeof own["properties"] === "object" ? Object.entries(own["properties"] as object) : [];
  const bare = properties
    .filter(([, value]) => !isDescribed(value as Record<string, unknown>))
    .map(([key]) => `${path}.${key}`);
  return [...bare, ...Object.entries(own).flatMap(([key, value]) => undescribed(value, `${path}.${key}`))];
}

function isDescribed(schema: Record<string, unknown>): boolean {
  return "description" in schema || "$ref" in schema;
}
