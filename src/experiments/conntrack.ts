/**
 * `conntrack`: what does it cost a server to track connections?
 *
 * A generator sends frames of many flows over a wire to a DUT that parses them, finds or creates the flow's
 * entry, takes a load-balancing decision on its first packet, rewrites addresses and checksums, and sends the
 * frame back to a sink that counts and takes latencies from the probes among them.
 */
import { didYouMean } from "../yaml/nearest.js";
import { capacityFor, memoryProblem } from "./conntrack/memory.js";
import { computeMetrics, conntrackMetrics } from "./conntrack/metrics.js";
import { conntrackParameters } from "./conntrack/parameters.js";
import { judge } from "./conntrack/verdict.js";
import type { ConntrackParameters } from "./conntrack/parameters.js";
import type { AgentHandle, Experiment, RolePlacement, TrialContext, TrialOutcome } from "./experiment.js";
import type { ConntrackTrialConfig, ConntrackTrialResult, NativeInfo, TrafficConfig } from "../agent/protocol.js";

export const conntrack: Experiment<ConntrackParameters> = {
  name: "conntrack",
  title: "Connection tracking",
  description: "Forwarding, latency and cost of a server that tracks every connection in a flow table.",
  parameters: conntrackParameters,
  roles: ["generator", "dut"],
  metrics: conntrackMetrics,
  primaryMetric: "forwarding_rate",
  cannotRun: (point, { native, facts }) => tableProblem(point.table, native) ?? memoryProblem(point, facts),
  runTrial,
};

async function runTrial(context: TrialContext<ConntrackParameters>): Promise<TrialOutcome> {
  const agent = context.agent("dut");
  const config = await trialConfig(context, agent);
  const limit = context.warmupSeconds + context.durationSeconds + context.graceSeconds;
  return outcomeOf(await agent.call("conntrack.run", config, limit));
}

/** The outcome that a result of the data path means. */
export function outcomeOf(result: ConntrackTrialResult): TrialOutcome {
  const { frames, environment, latency, series, trafficDigest, newFlows, probesReceived } = result;
  const verdict = judge(result);
  const notes = { trafficDigest, newFlows, probesReceived };
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

async function trialConfig(
  { point, seed, warmupSeconds, durationSeconds, roles, graceSeconds }: TrialContext<ConntrackParameters>,
  agent: AgentHandle,
): Promise<ConntrackTrialConfig> {
  const { table, backends, probe_every, ring, series_interval, fault } = point;
  return {
    table,
    capacity: point.capacity > 0 ? point.capacity : capacityFor(await flowsOf(point, agent, graceSeconds)),
    backends,
    traffic: trafficConfig(point, seed),
    warmupSeconds,
    durationSeconds,
    probeEvery: probe_every,
    ringSize: ring,
    generatorCpu: firstCpu(roles["generator"]),
    dutCpu: firstCpu(roles["dut"]),
    seriesIntervalSeconds: series_interval,
    ...(fault === undefined ? {} : { fault }),
  };
}

export function trafficConfig({ traffic }: Pick<ConntrackParameters, "traffic">, seed: number): TrafficConfig {
  if ("pcap" in traffic) return { rate: traffic.rate, seed, pcap: traffic.pcap };
  const { rate, profile, flows, frame_size, skew } = traffic;
  return {
    rate,
    seed,
    profile,
    flows,
    ...(frame_size === undefined ? {} : { frameSize: frame_size }),
    ...(skew === undefined ? {} : { skew }),
  };
}

/** A capture's flows are counted once an agent: long captures take their time. */
const flowsOfCaptures = new WeakMap<AgentHandle, Map<string, Promise<number>>>();

function flowsOf({ traffic }: ConntrackParameters, agent: AgentHandle, graceSeconds: number): Promise<number> | number {
  if ("flows" in traffic) return traffic.flows;
  const known = flowsOfCaptures.get(agent) ?? new Map<string, Promise<number>>();
  flowsOfCaptures.set(agent, known);
  const inspection = async (): Promise<number> => {
    const { flows } = await agent.call("pcap.inspect", { file: traffic.pcap }, graceSeconds);
    return Math.max(1, flows);
  };
  const flows = known.get(traffic.pcap) ?? inspection();
  known.set(traffic.pcap, flows);
  return flows;
}

function firstCpu(placement: RolePlacement | undefined): number {
  return placement?.cpus[0] ?? -1;
}

function tableProblem(table: string, native: NativeInfo): string | undefined {
  if (!native.available) return native.reason;
  const names = native.tables.map(({ name }) => name);
  if (names.includes(table)) return undefined;
  return `This host's addon has no table '${table}'${didYouMean(table, names)} It has ${names.join(", ")}.`;
}
