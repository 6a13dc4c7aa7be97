import { describe, expect, it } from "vitest";
import { bufferTime, burstSearch, type Burst, type BurstStep } from "../../src/search/back_to_back.js";

const OPTIONS = { min: 1, max: 1_000_000, step: 1, bursts: 100 };

/** @param buffer frames that the DUT takes at once; the rest of a burst is lost */
function search(buffer: number, options = OPTIONS): { readonly end: BurstStep; readonly history: readonly Burst[] } {
  const next = burstSearch(options);
  const history: Burst[] = [];
  let step = next(history);
  for (; step.type === "burst"; step = next(history)) {
    history.push({ frames: step.frames, lost: Math.max(0, step.frames - buffer) });
  }
  return { end: step, history };
}

describe("a search for the longest burst (RFC 9004)", () => {
  it.each([1, 2, 1023, 1024, 999_999])("finds a buffer of %d frames exactly", (buffer) => {
    const { end, history } = search(buffer);
    expect(end).toEqual({ type: "end", outcome: "found", frames: buffer });
    expect(history.length).toBeLessThan(23);
  });

  it("finds it to within a step, which takes fewer bursts", () => {
    const { end, history } = search(5000, { ...OPTIONS, step: 64 });
    expect(end).toMatchObject({ outcome: "found" });
    expect(5000 - (end.type === "end" ? (end.frames ?? 0) : 0)).toBeLessThan(64);
    expect(history.length).toBeLessThan(18);
  });

  it("says so when no burst is too long, and when even the shortest is", () => {
    expect(search(Infinity).end).toEqual({ type: "end", outcome: "above-max", frames: 1_000_000 });
    expect(search(0).end).toEqual({ type: "end", outcome: "below-min" });
  });

  it("says what it knows when its bursts are used up", () => {
    expect(search(5000, { ...OPTIONS, bursts: 10 }).end).toMatchObject({ outcome: "out-of-budget", frames: 3907 });
  });
});

describe("the time that a buffer holds", () => {
  it("leaves out what the DUT forwarded while the burst came", () => {
    const { impliedSeconds, correctedSeconds } = bufferTime([26_000, 27_000, 28_000], 14_880_952, 14_880_952 / 2);
    expect(impliedSeconds).toBeCloseTo(27_000 / 14_880_952, 12);
    expect(correctedSeconds).toBeCloseTo(impliedSeconds / 2, 12);
  });
});
