import { describe, expect, it } from "vitest";
import { parseOrder } from "../../../src/paper/language/order_text.js";

describe("orders as text", () => {
  it("are groups of equals with relations between them", () => {
    expect(parseOrder("cuckoo++ > robin-map ~ hopscotch >= chaining-stl")).toEqual({
      groups: [["cuckoo++"], ["robin-map", "hopscotch"], ["chaining-stl"]],
      relations: [">", ">="],
    });
  });

  it("take quoted values with spaces and signs in them", () => {
    expect(parseOrder('"a > b" < "~" <= c')).toEqual({ groups: [["a > b"], ["~"], ["c"]], relations: ["<", "<="] });
  });

  it("may be of equals only", () => {
    expect(parseOrder("1 ~ 2 ~ 4")).toEqual({ groups: [["1", "2", "4"]], relations: [] });
  });

  it.each([
    ["", "missing before the end"],
    ["a", "one value has no order"],
    ["a>b", "with spaces"],
    ["a >", "missing before the end"],
    ["> a", "missing before '>'"],
    ["a > > b", "missing before '>'"],
    ["a b", "must stand before 'b'"],
    ["a > b > a", "'a' stands in the order twice"],
    ["a > b < c", "mixes < and >"],
  ])("refuse '%s', and say why", (text, problem) => {
    const order = parseOrder(text);
    expect("problem" in order && order.problem).toContain(problem);
  });
});
