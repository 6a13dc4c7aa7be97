/**
 * `conntrack`: what does it cost a server to track connections?
 *
 * A generator sends frames of many flows over a wire to a DUT that parses them, finds or creates the flow's
 * entry, takes a load-balancing decision on its first packet, rewrites addresses and checksums, and sends the
 * frame back to a sink that counts and takes latencies from the probes among them.
 */
import { withoutUndefined } from "./traffic/defined.js";
import { didYouMean } from "../yaml/nearest.js";
import { quote } from "../yaml/problems.js";
import { capacityFor, memoryProblem } from "./conntrack/memory.js";
import { computeMetrics, conntrackMetrics } from "./conntrack/metrics.js";
import { conntrackParameters } from "./conntrack/parameters.js";
import { judge, outcomeWith, withDoubt } from "./conntrack/verdict.js";
import { coresProblem, dutCpus, OVERSUBSCRIBED, tookTurns } from "./cores.js";
import { measurementOf } from "./search/measurement.js";
import { searchMetrics } from "./search/metrics.js";
import { groupMetrics } from "./traffic/groups.js";
import { expectedMeasurements, runAtRate } from "./search/rate.js";
import { trafficConfig } from "./traffic/config.js";
import type { ConntrackParameters } from "./conntrack/parameters.js";
import type { AgentHandle, Experiment, RolePlacement, TrialContext, TrialOutcome } from "./experiment.js";
import type { ConntrackTrialConfig, ConntrackTrialResult, NativeInfo, TrackerConfig } from "../agent/protocol.js";
import type { TrafficRate } from "./traffic/parameters.js";

/** Seconds; the finest that papers use. */
const DEFAULT_EXPIRY_INTERVAL = 0.001;

export const conntrack: Experiment<ConntrackParameters> = {
  name: "conntrack",
  title: "Connection tracking",
  description: "Forwarding, latency and cost of a server that tracks every connection in a flow table.",
  parameters: conntrackParameters,
  roles: ["generator", "dut"],
  oneProcess: true,
  metrics: [...conntrackMetrics, ...searchMetrics],
  metricsOfPoints: (points) => groupMetrics(conntrackMetrics, points),
  primaryMetric: "forwarding_rate",
  cannotRun: (point, { native, facts, roles }) =>
    tableProblem(point, native) ?? memoryProblem(point, facts) ?? coresProblem(point, roles["dut"]),
  measurements: expectedMeasurements,
  generatorWire: () => "ring",
  runTrial,
};

async function runTrial(context: TrialContext<ConntrackParameters>): Promise<TrialOutcome> {
  const { point, warmupSeconds, graceSeconds } = context;
  const agent = context.agent("dut");
  const outcome = await runAtRate(context, async (rate, durationSeconds) => {
    const config = await trialConfig({ ...context, durationSeconds }, rate, agent);
    const result = await agent.call("conntrack.run", config, warmupSeconds + durationSeconds + graceSeconds);
    return measurementOf(result, outcomeOf(result));
  });
  return tookTurns(point, context.roles["dut"]) ? withDoubt(outcome, OVERSUBSCRIBED) : outcome;
}

/** The outcome that a result of the data path means. */
export function outcomeOf(result: ConntrackTrialResult): TrialOutcome {
  const { trafficDigest, newFlows, probesReceived } = result;
  const notes = { trafficDigest, newFlows, probesReceived, ...oddFrames(result) };
  return outcomeWith(judge(result), result, notes, () => computeMetrics(result));
}

async function trialConfig(
  { point, seed, warmupSeconds, durationSeconds, roles, graceSeconds }: TrialContext<ConntrackParameters>,
  rate: TrafficRate,
  agent: AgentHandle,
): Promise<ConntrackTrialConfig> {
  const { table, sharing, probe_every, ring, series_interval, fault } = point;
  return {
    table,
    sharing,
    capacity: await capacityOf(point, agent, graceSeconds),
    tracker: trackerConfig(point),
    traffic: trafficConfig(point, rate, seed),
    warmupSeconds,
    durationSeconds,
    probeEvery: probe_every,
    ringSize: ring,
    generatorCpu: firstCpu(roles["generator"]),
    dutCpus: dutCpus(point, roles["dut"]),
    symmetricRss: point.rss === "symmetric",
    retaEntries: point.reta,
    seriesIntervalSeconds: series_interval,
    ...withoutUndefined({ slowdown: point.slowdown, fault }),
  };
}

/** Frames that were not simply of a flow, by what became of them. */
function oddFrames({ frameCauses = {} }: ConntrackTrialResult): Readonly<Record<string, number>> {
  const odd = Object.entries(frameCauses).filter(([cause]) => cause !== "tracked");
  return Object.fromEntries(odd.map(([cause, frames]) => [`frames, ${cause}`, frames]));
}

/** With churn, the data path adds room for the flows that wait for their timeout. */
async function capacityOf(point: ConntrackParameters, agent: AgentHandle, graceSeconds: number): Promise<number> {
  if (point.capacity !== undefined) return point.capacity;
  if ("flows" in point.traffic && (point.traffic.new_flows ?? 0) > 0) return 0;
  return capacityFor(await flowsOf(point, agent, graceSeconds));
}

export function trackerConfig(point: ConntrackParameters): TrackerConfig {
  const bothDirections = "flows" in point.traffic && point.traffic.both_directions === true;
  return {
    use: point.use,
    replies: point.replies ?? (bothDirections ? "here" : "elsewhere"),
    balancing: point.balancing,
    backends: point.backends,
    natAddresses: point.nat_addresses,
    loose: point.loose,
    checkWindows: point.check_windows,
    dropInvalid: point.drop_invalid,
    expiry: point.expiry,
    expiryIntervalSeconds: point.expiry_interval ?? DEFAULT_EXPIRY_INTERVAL,
    scanIncremental: point.scan === "incremental",
    timeoutSeconds: point.timeout ?? 0,
    timeouts: point.timeouts ?? {},
  };
}

/** A capture's flows are counted once an agent: long captures take their time. */
const flowsOfCaptures = new WeakMap<AgentHandle, Map<string, Promise<number>>>();

function flowsOf({ traffic }: ConntrackParameters, agent: AgentHandle, graceSeconds: number): Promise<number> | number {
  if ("flows" in traffic) return traffic.flows;
  const key = `${traffic.pcap} ${traffic.windows ?? 1}`;
  const known = flowsOfCaptures.get(agent) ?? new Map<string, Promise<number>>();
  flowsOfCaptures.set(agent, known);
  const inspection = async (): Promise<number> => {
    const { flows } = await agent.call("pcap.inspect", { file: traffic.pcap }, graceSeconds);
    return Math.max(1, flows * (traffic.windows ?? 1));
  };
  const flows = known.get(key) ?? inspection();
  known.set(key, flows);
  return flows;
}

function firstCpu(placement: RolePlacement | undefined): number {
  return placement?.cpus[0] ?? -1;
}

export function tableProblem(
  { table, sharing }: { readonly table: string; readonly sharing: ConntrackParameters["sharing"] },
  native: NativeInfo,
): string | undefined {
  if (!native.available) return native.reason;
  const names = native.tables.map(({ name }) => name);
  if (!names.includes(table)) {
    return `This host's addon has no table ${quote(table)}${didYouMean(table, names) || "."} It has ${names.join(", ")}.`;
  }
  if (sharing === "sharded") return undefined;
  const shareable = native.sharing.find(({ name }) => name === sharing)?.tables ?? [];
  if (shareable.includes(table)) return undefined;
  return `Table ${table} does not go with sharing: ${sharing}, which is for ${shareable.join(", ") || "no table of this host"}.`;
}
