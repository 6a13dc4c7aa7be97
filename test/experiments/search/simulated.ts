/** Measurements of DUTs that are simulated, for trials that search. */
import { forwardingParameters } from "../../../src/experiments/forwarding/parameters.js";
import { outcomeOf } from "../../../src/experiments/forwarding/trial.js";
import { measurementOf, type Measure } from "../../../src/experiments/search/measurement.js";
import { result } from "../forwarding_sample.js";
import type { ForwardingTrialResult } from "../../../src/agent/protocol.js";

/** Frames/s that the wire takes at rate `max`. */
export const RATE_MAX = 5e6;

export interface Asked {
  readonly rate: number | "max";
  readonly durationSeconds: number;
}

/** A DUT that forwards `capacity` frames/s, holds `buffer` frames beyond, and what else its measurements say. */
export function simulated(
  capacity: number,
  changes: (rate: number, seconds: number) => Partial<ForwardingTrialResult> = () => ({}),
  buffer = 0,
) {
  const asked: Asked[] = [];
  const measure: Measure = async (rate, durationSeconds) => {
    asked.push({ rate, durationSeconds });
    const load = rate === "max" ? RATE_MAX : rate;
    const sent = Math.round(load * durationSeconds);
    const received = Math.min(sent, Math.round(capacity * durationSeconds) + buffer);
    const drops = [{ place: "wire to dut", cause: "ring full", frames: sent - received }];
    const frames = { sent, received, drops };
    const measured = result({
      frames,
      seconds: durationSeconds,
      intendedRate: rate,
      dutFrames: received,
      probesSent: 10,
      ...changes(load, durationSeconds),
    });
    return measurementOf(measured, outcomeOf(measured));
  };
  return { measure, asked };
}

export function contextOf(search: Record<string, unknown>, signal?: AbortSignal) {
  const point = forwardingParameters.parse({ search, traffic: { profile: "uniform", rate: "search" } });
  return { point, durationSeconds: 2, ...(signal === undefined ? {} : { signal }) };
}
