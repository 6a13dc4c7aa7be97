/** Samples that were never measured: seeded, log-normal. */
import { seededRandom } from "../../src/statistics/random.js";
import type { PointSamples, SampleSet } from "../../src/gate/samples.js";
import type { GateRule } from "../../src/suite/model.js";

export interface Drawn {
  readonly seed: number;
  readonly points?: number;
  readonly trials?: number;
  /** Deviation of the logarithm: 0.02 is a spread of about 2 %. */
  readonly noise?: number;
  /** What the rate of a point is multiplied by. */
  readonly factor?: (point: number) => number;
  readonly run?: string;
}

export const RULE: GateRule = { metric: "forwarding_rate", worseBy: 0.05, confidence: 0.99 };

/** A rate of 10 Mpps at every point, and the time that goes with it. */
export function drawnSet({
  seed,
  points = 1,
  trials = 8,
  noise = 0.02,
  factor = () => 1,
  run = `run-${seed}`,
}: Drawn): SampleSet {
  const random = seededRandom(seed);
  return sampleSet(
    Array.from({ length: points }, (_, index) => {
      const rates = Array.from({ length: trials }, () => 1e7 * factor(index) * Math.exp(noise * normal(random)));
      return point(index, { forwarding_rate: rates, cycles_per_frame: rates.map((rate) => 2.5e9 / rate) });
    }),
    run,
  );
}

export function sampleSet(points: readonly PointSamples[], run = "run"): SampleSet {
  return {
    runs: [run],
    suite: "small",
    experiment: "conntrack",
    outcome: "complete",
    environment: { "here.cpuModel": "sample", commit: "0" },
    settings: { capacity: 0 },
    metrics: [
      { name: "forwarding_rate", title: "Forwarding rate", unit: "frames/s", better: "higher" },
      { name: "cycles_per_frame", title: "Cycles per frame", unit: "cycles", better: "lower" },
      { name: "loss_ratio", title: "Loss ratio", unit: "ratio", better: "lower" },
      { name: "live_flows", title: "Live flows", unit: "count", better: "neither" },
    ],
    points,
  };
}

export function point(
  index: number,
  samples: PointSamples["samples"],
  changes: Partial<PointSamples> = {},
): PointSamples {
  const params = { table: index % 2 === 0 ? "cuckoo" : "chaining-stl", "traffic.flows": 65536 * (index + 1) };
  return { id: `p${index}`, params, status: "ok", samples, leftOut: { suspect: 0, failed: 0 }, ...changes };
}

export function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
