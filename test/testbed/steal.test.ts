import { describe, expect, it } from "vitest";
import { readSteal, stealByCpu, stealShare } from "../../src/testbed/steal.js";
import { filesOf, GUEST } from "./files.js";

const STAT = [
  "cpu  71008 354 14931 466773 768 0 191 193 0 0",
  "cpu0 34918 154 6995 234854 114 0 37 89 0 0",
  "cpu12 36089 199 7936 231918 653 0 153 104 0 0",
  "intr 864754 0 0",
  "ctxt 123",
].join("\n");

describe("steal time", () => {
  it("is the eighth value of each CPU, in ticks", () => {
    expect([...stealByCpu(STAT, 100)]).toEqual([
      [0, 0.89],
      [12, 1.04],
    ]);
    expect([...stealByCpu(STAT, 1000)]).toEqual([
      [0, 0.089],
      [12, 0.104],
    ]);
  });

  it("is 0 where the kernel does not tell", async () => {
    expect([...stealByCpu("cpu0 1 2 3 4\n", 100)]).toEqual([[0, 0]]);
    expect(await readSteal(filesOf({}))).toBe(0);
    expect(stealShare("")).toBe(0);
  });

  it("is a share of all CPU time, guests counted once", () => {
    expect(stealShare(GUEST["/proc/stat"] ?? "")).toBeCloseTo(0.1, 10);
    expect(stealShare("cpu0 50 0 0 40 0 0 0 10 50 0\n")).toBeCloseTo(0.1, 10);
  });

  it("never runs backwards on this machine", async () => {
    const before = await readSteal();
    expect(before).toBeGreaterThanOrEqual(0);
    expect(await readSteal()).toBeGreaterThanOrEqual(before);
  });
});
