import { describe, expect, it } from "vitest";
import { didYouMean, nearest } from "../../src/yaml/nearest.js";

describe("nearest", () => {
  it.each([
    ["cukoo", "cuckoo"],
    ["duraton", "duration"],
    ["Cuckoo", "cuckoo"],
    ["hopsoctch", "hopscotch"],
    ["mni", "min"],
  ])("takes '%s' for '%s'", (word, meant) => {
    expect(nearest(word, ["chaining", "cuckoo", "duration", "hopscotch", "max", "min"])).toBe(meant);
  });

  it("guesses nothing from words that have nothing in common", () => {
    expect(nearest("bananas", ["cuckoo", "min"])).toBeUndefined();
    expect(nearest("x", [])).toBeUndefined();
    expect(didYouMean("bananas", ["cuckoo"])).toBe("");
  });
});
