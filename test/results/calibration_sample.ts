import { FACTS } from "./sample.js";
import { packageVersion } from "../../src/package.js";
import type { Calibration } from "../../src/results/calibration.js";

/** A frame of 64 bytes takes 100 ns, one of 1518 takes 1 us. */
export function calibration(changes: Partial<Calibration> = {}): Calibration {
  return {
    schema: 1,
    wire: "ring",
    opened: "ring",
    hostname: FACTS.hostname,
    cpuModel: FACTS.cpuModel,
    version: packageVersion(),
    at: "2026-01-02T03:04:05.000Z",
    generatorCpu: 1,
    cpuShare: 1,
    clockReadNs: 10,
    ceilings: [
      { frameSize: 64, rate: 1e7, least: 9e6 },
      { frameSize: 1518, rate: 1e6, least: 9e5 },
    ],
    pacing: [{ rate: 1e5, offeredError: 1e-6, sendP50: 80, sendP99: 120, departureP99: 40 }],
    latency: { rate: 1e4, p50: 900, p99: 1500 },
    ...changes,
  };
}
