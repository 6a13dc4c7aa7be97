/** `storm.rate: search`, on software NICs that are simulated. */
import { describe, expect, it } from "vitest";
import { rulesStorm } from "../../../src/experiments/rules/storm.js";
import { stormParameters } from "../../../src/experiments/rules/storm/parameters.js";
import { searchUpdateRate, type MeasureStorm } from "../../../src/experiments/rules/storm/search.js";
import { searchSchema } from "../../../src/experiments/search/parameters.js";
import { simulated } from "../search/simulated.js";

interface Nic {
  /** Frames/s that it forwards while no rule changes. */
  readonly capacity: number;
  /** Changes a second that cost one frame a second each of that. */
  readonly free: number;
  /** Changes a second that its thread can make. */
  readonly most: number;
}

function nicOf({ capacity, free, most }: Nic) {
  const asked: { rate: number | "max"; updates: number }[] = [];
  const measure: MeasureStorm = async (rate, updates, seconds) => {
    asked.push({ rate, updates });
    const updateRate = Math.min(updates, most);
    const left = capacity - Math.max(0, updateRate - free);
    return { ...(await simulated(left).measure(rate, seconds)), updateRate };
  };
  return { measure, asked };
}

function search(nic: ReturnType<typeof nicOf>, rate: number | "search", parameters: object = {}) {
  const point = { traffic: { rate }, search: searchSchema.parse({ method: "rfc2544", max_rate: 4e6, ...parameters }) };
  return searchUpdateRate({ point, durationSeconds: 1 }, nic.measure);
}

describe("the search for a rate of changes without loss", () => {
  it("finds where frames begin to be lost", async () => {
    const nic = nicOf({ capacity: 1e6, free: 300_000, most: 2e6 });
    const { status, flags, metrics } = await search(nic, 1e6);
    expect([status, flags]).toEqual(["ok", []]);
    expect(metrics["lossless_update_rate"]).toBeLessThanOrEqual(300_000);
    expect(metrics["lossless_update_rate"]).toBeGreaterThan(0.99 * 300_000);
    expect(metrics).not.toHaveProperty("throughput");
    expect(nic.asked.every(({ rate }) => rate === 1e6)).toBe(true);
  });

  it("is over where rules cannot change any faster, which is no fault", async () => {
    const { status, metrics, notes } = await search(nicOf({ capacity: 5e6, free: 3e6, most: 2e6 }), 1e6);
    expect(status).toBe("ok");
    expect(metrics["lossless_update_rate"]).toBe(2e6);
    expect(notes).toMatchObject({ search: "above-max", "frames a second": 1e6 });
  });

  it("takes a share of the throughput without changes", async () => {
    const nic = nicOf({ capacity: 2e6, free: 0, most: 4e6 });
    const { metrics, notes } = await search(nic, "search", { measure_at: 0.5 });
    expect(metrics["throughput"]).toBeGreaterThan(0.98 * 2e6);
    expect(Number(notes?.["frames a second"]) / (metrics["throughput"] ?? 0)).toBeCloseTo(0.5, 2);
    const left = 2e6 - Number(notes?.["frames a second"]);
    expect(metrics["lossless_update_rate"]).toBeLessThanOrEqual(left);
    expect(metrics["lossless_update_rate"]).toBeGreaterThan(0.98 * left);
  });

  it("counts changes that were not made in time as loss", async () => {
    let calls = 0;
    const { measure } = nicOf({ capacity: 5e6, free: 9e9, most: 9e9 });
    const tired: MeasureStorm = async (rate, updates, seconds) => {
      calls += 1;
      const measured = await measure(rate, updates, seconds);
      return { ...measured, updateRate: calls === 1 ? 1e6 : Math.min(updates, 400_000) };
    };
    const { metrics } = await search({ measure: tired, asked: [] }, 1e6);
    expect(metrics["lossless_update_rate"]).toBeLessThanOrEqual(400_000 / 0.98);
    expect(metrics["lossless_update_rate"]).toBeGreaterThan(0.97 * 400_000);
  });

  it("says so where frames are lost at the least rate of changes, or without any", async () => {
    const lossy = nicOf({ capacity: 500_000, free: 0, most: 2e6 });
    const always = await search(lossy, 1e6);
    expect(always).toMatchObject({ status: "suspect", flags: ["always-loses"] });
    expect(always.metrics).not.toHaveProperty("lossless_update_rate");
    expect(await search(nicOf({ capacity: 5000, free: 0, most: 2e6 }), "search")).toMatchObject({ status: "failed" });
  });

  it("is told as many measurements as it makes, about", () => {
    const point = (rate: unknown) => stormParameters.parse({ storm: { rate: "search" }, traffic: { rate } });
    expect(rulesStorm.measurements?.(point("1Mpps"), 1)).toBeGreaterThan(10);
    expect(rulesStorm.measurements?.(point("search"), 1)).toBeGreaterThan(20);
  });
});
