/** Searches for the longest burst, of a DUT whose buffer is known. */
import { describe, expect, it } from "vitest";
import { searchRate } from "../../../src/experiments/search/rate.js";
import { contextOf, simulated } from "./simulated.js";

const CAPACITY = 4e6;
const RATE = 10e6;
const BUFFER = 1024;
const within = { min_rate: "10kpps", max_rate: "10Mpps", width: "0.1%" };
const bursts = { rate: RATE, width: "0.1%" };

describe("a trial that searches for the longest burst as well", () => {
  it("finds the DUT's buffer, whatever the DUT forwards meanwhile", async () => {
    const { measure } = simulated(CAPACITY, () => ({}), BUFFER);
    const { status, metrics, notes } = await searchRate(contextOf({ ...within, back_to_back: bursts }), measure);
    expect(status).toBe("ok");
    const longest = BUFFER / (1 - CAPACITY / RATE);
    expect(metrics["back_to_back_frames"]).toBeLessThanOrEqual(longest + 1);
    expect(metrics["back_to_back_frames"]).toBeGreaterThan(longest * 0.998);
    expect(metrics["implied_buffer_time"]).toBeCloseTo(longest / RATE, 6);
    expect(metrics["corrected_buffer_time"]).toBeCloseTo(BUFFER / RATE, 6);
    expect(metrics["buffer_frames"]! / BUFFER).toBeCloseTo(1, 2);
    expect(notes?.["search for bursts"]).toContain("tst009: found");
  });

  it("sends bursts of whole frames at one rate, none longer than the trial", async () => {
    const { measure, asked } = simulated(CAPACITY, () => ({}), BUFFER);
    const { metrics } = await searchRate(contextOf({ ...within, back_to_back: bursts }), measure);
    const sent = asked.slice(metrics["search_trials"]);
    expect(sent[0]).toEqual({ rate: RATE, durationSeconds: 2 });
    for (const { rate, durationSeconds } of sent) {
      expect(rate).toBe(RATE);
      const frames = RATE * durationSeconds;
      expect(Math.abs(frames - Math.round(frames))).toBeLessThan(1e-6);
    }
  });

  it("asks the generator for its most where no rate is given", async () => {
    const limit = 9e6;
    const generator = simulated(
      CAPACITY,
      (rate) =>
        rate <= limit ? {} : { generatorLimited: true, frames: { sent: 2 * limit, received: 8e6, drops: [] } },
      BUFFER,
    );
    const { metrics } = await searchRate(contextOf({ ...within, back_to_back: {} }), generator.measure);
    expect(metrics["burst_rate"]).toBe(limit);
    expect(metrics["buffer_frames"]! / BUFFER).toBeCloseTo(1, 1);
  });

  it("says how fast bursts really were, and is suspect where that is not what was asked for", async () => {
    const slow = (rate: number, seconds: number) => (rate < RATE ? {} : { sendingSeconds: (seconds * RATE) / 6e6 });
    const generator = simulated(CAPACITY, slow, BUFFER);
    const point = { ...within, max_rate: "9Mpps", back_to_back: bursts };
    const { metrics, flags, reason } = await searchRate(contextOf(point), generator.measure);
    expect(metrics["burst_rate"]).toBeCloseTo(6e6, 0);
    expect(flags).toEqual(["generator-limited"]);
    expect(reason).toContain("The generator sent bursts at 6 Mpps, not at search.back_to_back.rate");
  });

  it("says nothing of a buffer that never fills, or that holds not even the shortest burst", async () => {
    const never = await searchRate(contextOf({ ...within, back_to_back: bursts }), simulated(1e9).measure);
    expect(never.flags).toContain("never-loses");
    expect(never.metrics["back_to_back_frames"]).toBe(2 * RATE);
    expect(never.metrics["implied_buffer_time"]).toBeUndefined();
    const always = await searchRate(
      contextOf({ ...within, back_to_back: { ...bursts, width: "1%" } }),
      simulated(CAPACITY).measure,
    );
    expect(always.flags).toContain("always-loses");
    expect(always.metrics["back_to_back_frames"]).toBeUndefined();
  });

  it("forgives a burst that lost frames by accident, as often as attempts say", async () => {
    const accident = (attempts: number) => {
      let bad = 1;
      const lossy = { frames: { sent: 500, received: 499, drops: [{ place: "wire", cause: "full", frames: 1 }] } };
      const dut = simulated(CAPACITY, () => ({}), BUFFER);
      const measure: typeof dut.measure = async (rate, seconds) => {
        const measured = await dut.measure(rate, seconds);
        const hit = rate === RATE && seconds * RATE < 1200 && bad-- > 0;
        return hit ? { ...measured, ...lossy } : measured;
      };
      return searchRate(contextOf({ ...within, back_to_back: { ...bursts, attempts } }), measure);
    };
    expect((await accident(2)).metrics["back_to_back_frames"]).toBeGreaterThan(1700);
    expect((await accident(1)).metrics["back_to_back_frames"] ?? 0).toBeLessThan(1200);
  });
});
