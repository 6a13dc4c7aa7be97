/** One measurement of `forwarding`: what the data path takes, and what its result means. */
import { trafficConfig } from "../traffic/config.js";
import { judge } from "../conntrack/verdict.js";
import { computeMetrics } from "./metrics.js";
import type { ForwardingTrialConfig, ForwardingTrialResult } from "../../agent/protocol.js";
import type { TrialContext, TrialOutcome } from "../experiment.js";
import type { ForwardingParameters } from "./parameters.js";

/** The outcome that a result of the data path means. */
export function outcomeOf(result: ForwardingTrialResult): TrialOutcome {
  const { frames, environment, latency, series, trafficDigest, probesReceived, foreignFrames } = result;
  const verdict = judge(result);
  const ends = { "DUT's end": result.wire, "generator's end": result.testerWire };
  const notes = { trafficDigest, probesReceived, ...ends, ...(foreignFrames === 0 ? {} : { foreignFrames }) };
  if (verdict.status === "failed") return { ...verdict, metrics: {}, frames, environment, notes };
  return {
    ...verdict,
    metrics: computeMetrics(result),
    frames,
    latency,
    ...(series === undefined ? {} : { series }),
    environment,
    notes,
  };
}

export function trialConfig(
  {
    point,
    seed,
    warmupSeconds,
    durationSeconds,
    roles,
  }: Pick<TrialContext<ForwardingParameters>, "point" | "seed" | "warmupSeconds" | "durationSeconds" | "roles">,
  rate: number | "max",
): ForwardingTrialConfig {
  const { wire = "ring", tester_wire, probe_every, ring, window, burst, series_interval, mishap } = point;
  return {
    wire,
    ...(tester_wire === undefined ? {} : { testerWire: tester_wire }),
    traffic: trafficConfig(point, rate, seed),
    warmupSeconds,
    durationSeconds,
    probeEvery: probe_every,
    ringSize: ring,
    window: Math.min(window, ring),
    burst,
    generatorCpu: roles["generator"]?.cpus[0] ?? -1,
    dutCpu: roles["dut"]?.cpus[0] ?? -1,
    seriesIntervalSeconds: series_interval,
    ...(mishap === undefined ? {} : { mishap }),
  };
}
