/** What one trial of `gateway` measured, under the RFC's names. */
import { conntrackMetrics, wireMetrics } from "../conntrack/metrics.js";
import { searchMetrics } from "../search/metrics.js";
import type { GatewayTrialConfig, GatewayTrialResult } from "../../agent/protocol.js";
import type { MetricDefinition } from "../../results/model.js";

/** Metrics over a wire that mean what they mean in `conntrack`. */
const SHARED = [
  "forwarding_rate",
  "link_rate",
  "loss_ratio",
  "offered_rate",
  "intended_rate",
  "latency_p50",
  "latency_p95",
  "latency_p99",
  "latency_p999",
  "latency_max",
  "bytes_per_entry",
  "bytes_per_flow",
];

export const gatewayMetrics: readonly MetricDefinition[] = [
  {
    name: "establishment_rate",
    title: "Connection establishment rate",
    unit: "flows/s",
    better: "higher",
    description:
      "Connections a second opened in an empty table, counting those that were found again (RFC 9693). Alone: the most " +
      "that a core can do. Over a wire: at the rate that was asked for.",
  },
  {
    name: "failed_ratio",
    title: "Connections not established",
    unit: "ratio",
    better: "lower",
    description: "Share of the connections opened in phase 1 that phase 2 did not find. RFC 9693 asks for none.",
  },
  {
    name: "tear_down_rate",
    title: "Connection tear-down rate",
    unit: "flows/s",
    better: "higher",
    description: "Connections a second that are deleted when the whole table is emptied (RFC 9693).",
  },
  {
    name: "table_capacity",
    title: "Connection-tracking-table capacity",
    unit: "count",
    better: "higher",
    description: "Connections that were established before the first was refused, all of them found again (RFC 9693).",
  },
  {
    name: "capacity_ratio",
    title: "Capacity reached",
    unit: "ratio",
    better: "higher",
    description: "Table capacity over the connections that the table was made for.",
  },
  {
    name: "throughput_established",
    title: "Throughput, established connections",
    unit: "frames/s",
    better: "higher",
    description:
      "Frames a second forwarded on known connections, both directions, if none was lost. At full load the wire holds " +
      "the generator back, which RFC 2544's throughput does not allow; with traffic.rate: search it is at the highest " +
      "rate without loss.",
  },
  ...conntrackMetrics.filter(({ name }) => SHARED.includes(name)),
  ...searchMetrics,
];

/** @param result of a trial that did not fail */
export function computeMetrics(
  config: GatewayTrialConfig,
  result: GatewayTrialResult,
): Readonly<Record<string, number>> {
  const { test, capacity } = config;
  const { offered, established, answered, openSeconds, tornDown, tearDownSeconds, liveFlows } = result;
  const memory = {
    bytes_per_entry: result.tableBytes / liveFlows,
    bytes_per_flow: result.trackerBytes / liveFlows,
  };
  if (test === "capacity") return { table_capacity: established, capacity_ratio: established / capacity, ...memory };
  if (test === "established") return { ...overWire(config, result), ...throughput(result), ...memory };
  return {
    establishment_rate: answered / openSeconds,
    failed_ratio: (offered - answered) / offered,
    ...(tearDownSeconds > 0 ? { tear_down_rate: tornDown / tearDownSeconds } : {}),
    ...overWire(config, result),
    ...memory,
  };
}

function overWire(
  { traffic: { rate } }: GatewayTrialConfig,
  { wire }: GatewayTrialResult,
): Readonly<Record<string, number>> {
  return wire === undefined ? {} : wireMetrics({ ...wire, intendedRate: rate });
}

function throughput({ wire }: GatewayTrialResult): Readonly<Record<string, number>> {
  if (wire === undefined || wire.frames.received < wire.frames.sent) return {};
  return { throughput_established: wire.frames.received / wire.seconds };
}
