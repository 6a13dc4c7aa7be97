/** One measurement of `forwarding`: what the data path takes, and what its result means. */
import { withoutUndefined } from "../traffic/defined.js";
import { trafficConfig } from "../traffic/config.js";
import { judge, outcomeWith } from "../conntrack/verdict.js";
import { dutCpus, workersOf } from "../cores.js";
import { computeMetrics } from "./metrics.js";
import type { ForwardingTrialConfig, ForwardingTrialResult } from "../../agent/protocol.js";
import type { TrialContext, TrialOutcome } from "../experiment.js";
import type { Traffic, TrafficRate } from "../traffic/parameters.js";
import { windowOf, type Carriage, type ForwardingParameters } from "./parameters.js";

/** The outcome that a result of the data path means. */
export function outcomeOf(result: ForwardingTrialResult): TrialOutcome {
  const { trafficDigest, probesReceived, foreignFrames, timestamps } = result;
  const ends = { "DUT's end": result.wire, "generator's end": result.testerWire };
  const notes = {
    trafficDigest,
    probesReceived,
    ...ends,
    ...clockNotes(timestamps),
    ...(foreignFrames === 0 ? {} : { foreignFrames }),
  };
  return outcomeWith(judge(result), result, notes, () => computeMetrics(result));
}

function clockNotes(timestamps: ForwardingTrialResult["timestamps"]): Readonly<Record<string, string | number>> {
  if (timestamps === undefined) return {};
  const { clock, errorNs, untimedProbes } = timestamps;
  return { timestamps: clock, timestampErrorNs: errorNs, ...(untimedProbes === 0 ? {} : { untimedProbes }) };
}

/** What of a trial's context goes into the configuration of the data path. */
export type ConfigContext<P> = Pick<TrialContext<P>, "point" | "seed" | "warmupSeconds" | "durationSeconds" | "roles">;

export function trialConfig(context: ConfigContext<ForwardingParameters>, rate: TrafficRate): ForwardingTrialConfig {
  const { wire = "ring", tester_wire, mishap } = context.point;
  return {
    ...carriageConfig(context, rate),
    dutCpus: dutCpus({ cores: workersOf(context.point.cores, context.roles) }, context.roles["dut"]),
    wire,
    ...(tester_wire === undefined ? {} : { testerWire: tester_wire }),
    window: windowOf(context.point),
    ...timestampsOf(context.point),
    ...(mishap === undefined ? {} : { mishap }),
  };
}

/** As the data path takes them: left out for the thread's. Those of a NIC are refused before. */
export function timestampsOf({ timestamps }: ForwardingParameters): Pick<ForwardingTrialConfig, "timestamps"> {
  return timestamps === "software" ? { timestamps } : {};
}

/** Of any trial that carries frames from a generator to a DUT and back, but for the latter's CPUs. */
export function carriageConfig(
  {
    point,
    seed,
    warmupSeconds,
    durationSeconds,
    roles,
  }: ConfigContext<Carriage & { readonly traffic: Traffic<unknown> }>,
  rate: TrafficRate,
): Omit<ForwardingTrialConfig, "wire" | "testerWire" | "window" | "mishap" | "dutCpus"> {
  return {
    traffic: trafficConfig(point, rate, seed),
    warmupSeconds,
    durationSeconds,
    probeEvery: point.probe_every,
    ringSize: point.ring,
    burst: point.burst,
    generatorCpu: roles["generator"]?.cpus[0] ?? -1,
    seriesIntervalSeconds: point.series_interval,
    ...withoutUndefined({ slowdown: point.slowdown }),
  };
}
