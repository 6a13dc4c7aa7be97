/**
 * `hashtable`: what does a flow table cost, operation by operation, and how near is it to what the machine can do?
 *
 * No wire and no frames: keys are five-tuples as a parser leaves them, and only the calls into the table are
 * timed. Every answer is checked. Right after each trial the machine's own limit is measured on a working set
 * of the table's size, so that shares of it are ratios of neighbours in time.
 *
 * The table is filled before the clock starts, which is all the warm-up there is: `trial.warmup` has no effect.
 */
import { didYouMean } from "../yaml/nearest.js";
import { quote } from "../yaml/problems.js";
import { formatQuantity } from "../units.js";
import { computeMetrics, hashtableMetrics } from "./hashtable/metrics.js";
import { DEFAULT_SKEW, hashtableParameters } from "./hashtable/parameters.js";
import type { Experiment, TrialContext, TrialOutcome } from "./experiment.js";
import type { HashtableParameters } from "./hashtable/parameters.js";
import type { NativeInfo, TableTrialConfig, TableTrialResult } from "../agent/protocol.js";
import type { HostFacts } from "../results/model.js";

export const hashtable: Experiment<HashtableParameters> = {
  name: "hashtable",
  title: "Flow tables",
  description:
    "Lookups, inserts, erases and memory of flow tables, against each other and against the machine's limit.",
  parameters: hashtableParameters,
  roles: ["dut"],
  metrics: hashtableMetrics,
  primaryMetric: "ns_per_op",
  cannotRun: (point, { native, facts }) =>
    tableProblem(point.table, native) ?? threadProblem(point, facts) ?? memoryProblem(point, facts),
  runTrial,
};

async function runTrial(context: TrialContext<HashtableParameters>): Promise<TrialOutcome> {
  const config = trialConfig(context);
  const limit = context.warmupSeconds + context.durationSeconds + context.graceSeconds + fillSeconds(config);
  return outcomeOf(config, await context.agent("dut").call("table.run", config, limit));
}

function trialConfig({ point, seed, durationSeconds, roles }: TrialContext<HashtableParameters>): TableTrialConfig {
  const { order = "uniform", skew = DEFAULT_SKEW, pcap } = point.traffic;
  return {
    table: point.table,
    key: point.key,
    operation: point.operation,
    order: pcap === undefined ? order : "trace",
    lookupShare: point.lookup_share,
    skew,
    burst: point.burst,
    pipelined: point.pipelined,
    slots: point.slots,
    loadFactor: point.load_factor,
    loadFrom: point.load_from,
    hugePages: point.huge_pages,
    seconds: durationSeconds,
    latencySamples: point.latency_samples,
    seed,
    threads: point.threads,
    firstCpu: point.threads === 1 ? (roles["dut"]?.cpus[0] ?? -1) : 0,
    ...(pcap === undefined ? {} : { pcap }),
  };
}

/** Filling takes longer than the trial; a slow table on a busy machine inserts 1M flows a second. */
function fillSeconds({ slots, threads }: TableTrialConfig): number {
  return (2 * slots * threads) / 1e6;
}

export function outcomeOf(config: TableTrialConfig, result: TableTrialResult): TrialOutcome {
  const { environment, pages, live, hits, misses, refused } = result;
  const notes = { pages, live, hits, misses, refused };
  if (result.wrong > 0) {
    const reason = `WRONG_ANSWERS: the table gave ${result.wrong} wrong answers.`;
    return { status: "failed", reason, flags: ["wrong-answers"], metrics: {}, environment, notes };
  }
  const metrics = computeMetrics(config, result);
  const latency = result.insertLatency.buckets.length === 0 ? {} : { latency: result.insertLatency };
  return { status: "ok", flags: [], metrics, ...latency, environment, notes };
}

function tableProblem(table: string, native: NativeInfo): string | undefined {
  if (!native.available) return native.reason;
  const names = [...native.tables, ...native.peers].map(({ name }) => name);
  if (names.includes(table)) return undefined;
  const missing = native.missingPeers.find(({ name }) => name === table);
  if (missing !== undefined) return `This host's addon was built without '${table}': ${missing.title}`;
  return `This host's addon has no table ${quote(table)}${didYouMean(table, names) || "."} It has ${names.join(", ")}.`;
}

function threadProblem({ threads }: HashtableParameters, { cpus }: HostFacts): string | undefined {
  return threads <= cpus ? undefined : `${threads} threads need as many CPUs, and this host has ${cpus}.`;
}

/** Key, value, twice the slots for tables that round up, and the benchmark's own list of flows. */
const BYTES_PER_SLOT = { ipv4: 96, ipv6: 200 } as const;
const USABLE_SHARE = 0.8;

function memoryProblem({ key, slots, threads }: HashtableParameters, { memoryBytes }: HostFacts): string | undefined {
  const needed = slots * threads * BYTES_PER_SLOT[key];
  if (needed <= memoryBytes * USABLE_SHARE) return undefined;
  const sizes = `about ${formatQuantity(needed, "bytes")}, and this host has ${formatQuantity(memoryBytes, "bytes")}`;
  return `${formatQuantity(slots, "count")} slots for ${threads} threads need ${sizes}; use fewer slots or a larger host.`;
}
