import { describe, expect, it } from "vitest";
import { bufferTime, burstSearch, type BurstOptions } from "../../src/search/back_to_back.js";
import { runSearch, type Dut } from "./duts.js";

const RATE = 1e6;
const OPTIONS: BurstOptions = {
  rate: RATE,
  longestSeconds: 2,
  attempts: 1,
  width: 0.001,
  budget: { trials: 100, seconds: 1e6 },
};

const length = ({ load, durationSeconds }: { load: number; durationSeconds: number }) => load * durationSeconds;

/** Takes as many frames at once; the rest of a burst is lost. */
function holding(buffer: number): Dut {
  return (burst) => Math.max(0, 1 - buffer / Math.round(length(burst)));
}

describe("a search for the longest burst (RFC 9004)", () => {
  it.each([1000, 1001, 1023, 1024, 65_536, 1_999_998])("finds a buffer of %d frames to within the width", (buffer) => {
    const { verdicts, history } = runSearch(burstSearch(OPTIONS), holding(buffer));
    const [verdict] = verdicts;
    expect(verdict?.outcome).toBe("found");
    expect(verdict?.lower).toBeLessThanOrEqual(buffer);
    expect(verdict?.upper).toBeGreaterThan(buffer);
    expect(verdict!.upper! - verdict!.lower!).toBeLessThanOrEqual(verdict!.upper! * 0.001);
    expect(history.length).toBeLessThan(24);
  });

  it("sends whole frames at one rate, the longest burst first", () => {
    const { history } = runSearch(burstSearch(OPTIONS), holding(5000));
    expect(new Set(history.map(({ load }) => load))).toEqual(new Set([RATE]));
    const lengths = history.map(length);
    expect(lengths[0]).toBe(2e6);
    expect(lengths.every((frames) => Math.abs(frames - Math.round(frames)) < 1e-6)).toBe(true);
  });

  it("says so when no burst is too long, and when even the shortest is", () => {
    expect(runSearch(burstSearch(OPTIONS), () => 0).verdicts[0]).toMatchObject({ outcome: "above-max", lower: 2e6 });
    expect(runSearch(burstSearch(OPTIONS), () => 0.1).verdicts[0]).toMatchObject({ outcome: "below-min", upper: 1000 });
  });

  it("says what it knows when its bursts are used up", () => {
    const search = burstSearch({ ...OPTIONS, budget: { trials: 10, seconds: 1e6 } });
    expect(runSearch(search, holding(5000)).verdicts[0]).toMatchObject({ outcome: "out-of-budget", lower: 1000 });
  });
});

describe("the time that a buffer holds", () => {
  it("leaves out what the DUT forwarded while the burst came", () => {
    const { impliedSeconds, correctedSeconds } = bufferTime(27_000, 14_880_952, 14_880_952 / 2);
    expect(impliedSeconds).toBeCloseTo(27_000 / 14_880_952, 12);
    expect(correctedSeconds).toBeCloseTo(impliedSeconds / 2, 12);
  });
});
