/** What one trial of `hashtable` measured, in the words that all experiments share. */
import { valueAtPercentile } from "../../statistics/hdr.js";
import type { TableTrialConfig, TableTrialResult } from "../../agent/protocol.js";
import type { MetricDefinition } from "../../results/model.js";

/** The rate of an operation has the name that it has everywhere. */
const RATE_NAMES = {
  hit: "lookup_rate",
  miss: "lookup_rate",
  insert: "insert_rate",
  fill: "insert_rate",
  erase: "erase_rate",
  mixed: "operation_rate",
  churn: "update_rate",
} as const satisfies Record<TableTrialConfig["operation"], string>;

const PERCENTILES = [
  ["latency_p50", 50],
  ["latency_p99", 99],
  ["latency_p999", 99.9],
  ["latency_max", 100],
] as const;

export const hashtableMetrics: readonly MetricDefinition[] = [
  rate("lookup_rate", "Lookups", "Lookups a second, of flows that are there (hit) or not (miss)."),
  rate("insert_rate", "Inserts", "Inserts a second."),
  rate("erase_rate", "Erases", "Erases a second."),
  rate("update_rate", "Updates", "Updates a second at constant size: one flow erased and one inserted."),
  rate("operation_rate", "Operations", "Lookups, inserts and erases a second, in the shares asked for."),
  {
    name: "ns_per_op",
    title: "Time per operation",
    unit: "ns",
    better: "lower",
    description: "Of one thread; in bursts operations overlap, so this is no latency.",
  },
  {
    name: "cycles_per_op",
    title: "Cycles per operation",
    unit: "cycles",
    better: "lower",
    description: "The same in cycles of the time-stamp counter.",
  },
  {
    name: "share_of_limit",
    title: "Share of the limit",
    unit: "ratio",
    better: "higher",
    description:
      "Operations a second over independent random line reads a second on a working set of the table's size, measured " +
      "right after: 100 % is a table that reads one line an operation and computes nothing. One thread only.",
  },
  {
    name: "line_read_rate",
    title: "Line reads (the limit)",
    unit: "op/s",
    better: "neither",
    description:
      "Independent random 64-byte line reads a second, a burst of 32 prefetched, on a working set of that size.",
  },
  {
    name: "bytes_per_entry",
    title: "Bytes per entry",
    unit: "bytes",
    better: "lower",
    description: "Memory of the table, with empty slots, a live flow.",
  },
  {
    name: "memory_ratio",
    title: "Memory per byte stored",
    unit: "ratio",
    better: "lower",
    description: "Memory of the table over the bytes of its live keys and values (16 + 4 for IPv4, 40 + 4 for IPv6).",
  },
  {
    name: "max_load_factor",
    title: "Highest load factor",
    unit: "ratio",
    better: "higher",
    description: "Live flows over slots when the first insert was refused (operation fill).",
  },
  {
    name: "probe_length",
    title: "Probe length",
    unit: "count",
    better: "lower",
    description: "Buckets, slots or nodes that a lookup of a live flow reads, mean; not counted by peers.",
  },
  {
    name: "displacements_per_insert",
    title: "Displacements per insert",
    unit: "count",
    better: "lower",
    description: "Entries moved to make room, an insert; not counted by peers.",
  },
  ...PERCENTILES.map(([name, percentile]): MetricDefinition => {
    const title = percentile === 100 ? "Insert time maximum" : `Insert time p${percentile}`;
    const description = "Of single inserts clocked one by one; the cost of reading the clock is in it.";
    return { name, title, unit: "ns", better: "lower", description };
  }),
];

const KEY_AND_VALUE = { ipv4: 16 + 4, ipv6: 40 + 4 } as const;

export function computeMetrics(config: TableTrialConfig, result: TableTrialResult): Readonly<Record<string, number>> {
  const { operation, key } = config;
  const stored = result.live * KEY_AND_VALUE[key];
  return {
    [RATE_NAMES[operation]]: result.operationsPerSecond,
    ns_per_op: result.nsPerOperation,
    cycles_per_op: result.cyclesPerOperation,
    ...(result.lineReadsPerSecond === 0
      ? {}
      : {
          share_of_limit: result.operationsPerSecond / result.lineReadsPerSecond,
          line_read_rate: result.lineReadsPerSecond,
        }),
    ...(result.live === 0 ? {} : { bytes_per_entry: result.bytesPerEntry, memory_ratio: result.memory / stored }),
    ...(result.maxLoad === 0 ? {} : { max_load_factor: result.maxLoad }),
    ...(result.meanProbeLength === 0 ? {} : { probe_length: result.meanProbeLength }),
    ...(operation === "insert" || operation === "churn" || operation === "fill"
      ? { displacements_per_insert: result.displacementsPerInsert }
      : {}),
    ...latencies(result),
  };
}

function latencies({ insertLatency }: TableTrialResult): Readonly<Record<string, number>> {
  const values: Record<string, number> = {};
  for (const [name, percentile] of PERCENTILES) {
    const value = valueAtPercentile(insertLatency, percentile);
    if (value !== undefined) values[name] = value;
  }
  return values;
}

function rate(name: string, title: string, description: string): MetricDefinition {
  return { name, title, unit: "op/s", better: "higher", description };
}
