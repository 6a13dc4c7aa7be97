/**
 * `forwarding`: how many frames a second does a wire carry, and what does it cost the program at its end?
 *
 * A generator sends frames over the wire to a DUT that does the least there is, exchanging the MAC addresses, and sends
 * them back to a sink. So what is compared is the way in and out of a program: a ring in memory, sockets, libpcap,
 * AF_PACKET, AF_XDP.
 */
import { didYouMean } from "../yaml/nearest.js";
import { trafficConfig } from "./conntrack.js";
import { judge } from "./conntrack/verdict.js";
import { computeMetrics, forwardingMetrics } from "./forwarding/metrics.js";
import { forwardingParameters } from "./forwarding/parameters.js";
import type { Experiment, TrialContext, TrialOutcome } from "./experiment.js";
import type { ForwardingParameters } from "./forwarding/parameters.js";
import type { ForwardingTrialConfig, ForwardingTrialResult, NativeInfo } from "../agent/protocol.js";

export const forwarding: Experiment<ForwardingParameters> = {
  name: "forwarding",
  title: "Forwarding",
  description: "Forwarding rate, latency and cost of wires: ring, sockets, libpcap, AF_PACKET, AF_XDP.",
  parameters: forwardingParameters,
  roles: ["generator", "dut"],
  metrics: forwardingMetrics,
  primaryMetric: "forwarding_rate",
  cannotRun: ({ wire, tester_wire }, { native }) => wireProblem(wire, native) ?? wireProblem(tester_wire, native),
  runTrial,
};

async function runTrial(context: TrialContext<ForwardingParameters>): Promise<TrialOutcome> {
  const limit = context.warmupSeconds + context.durationSeconds + context.graceSeconds;
  return outcomeOf(await context.agent("dut").call("forwarding.run", trialConfig(context), limit));
}

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

export function trialConfig({
  point,
  seed,
  warmupSeconds,
  durationSeconds,
  roles,
}: Pick<
  TrialContext<ForwardingParameters>,
  "point" | "seed" | "warmupSeconds" | "durationSeconds" | "roles"
>): ForwardingTrialConfig {
  const { wire, tester_wire, probe_every, ring, window, burst, series_interval, mishap } = point;
  return {
    wire,
    ...(tester_wire === undefined ? {} : { testerWire: tester_wire }),
    traffic: trafficConfig(point, seed),
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

function wireProblem(wire: string | undefined, native: NativeInfo): string | undefined {
  if (!native.available) return native.reason;
  const found = native.wires.find(({ name }) => name === wire);
  if (wire === undefined || (found !== undefined && found.lacks === undefined)) return undefined;
  if (found !== undefined) return `The wire ${wire} lacks ${found.lacks}`;
  const names = native.wires.map(({ name }) => name);
  return `This host's addon has no wire '${wire}'${didYouMean(wire, names)} It has ${names.join(", ")}.`;
}
