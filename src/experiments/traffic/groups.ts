/** Metrics of groups of flows, which the generator counts apart where a suite asks for `traffic.groups`. */
import { groupDefinitions, groupMetric } from "../../results/groups.js";
import { valueAtPercentile } from "../../statistics/hdr.js";
import type { GroupCounts } from "../../agent/protocol.js";
import type { MetricDefinition } from "../../results/model.js";

/** Metrics that each group has as well. */
const OF_GROUPS = ["forwarding_rate", "loss_ratio", "latency_p50", "latency_p99", "reordered_ratio"];

/** @param points parameters of points, of which the one with most groups decides */
export function groupMetrics(
  metrics: readonly MetricDefinition[],
  points: readonly { readonly traffic: object }[],
): readonly MetricDefinition[] {
  const groups = Math.max(0, ...points.map(({ traffic }) => ("groups" in traffic ? Number(traffic.groups) : 0)));
  return metrics.filter(({ name }) => OF_GROUPS.includes(name)).flatMap((metric) => groupDefinitions(metric, groups));
}

/** Metrics that cannot be computed are left out: no loss of a group that sent nothing, no latency without probes. */
export function groupValues({
  groups = [],
  seconds,
}: {
  readonly groups?: readonly GroupCounts[];
  readonly seconds: number;
}): Readonly<Record<string, number>> {
  const values: Record<string, number> = {};
  for (const [index, counts] of groups.entries()) {
    for (const [name, value] of Object.entries(valuesOf(counts, seconds))) values[groupMetric(name, index + 1)] = value;
  }
  return values;
}

function valuesOf({ sent, received, probesReceived, probesReordered, latency }: GroupCounts, seconds: number) {
  const p50 = valueAtPercentile(latency, 50);
  const p99 = valueAtPercentile(latency, 99);
  return {
    forwarding_rate: received / seconds,
    ...(sent === 0 ? {} : { loss_ratio: (sent - received) / sent }),
    ...(p50 === undefined ? {} : { latency_p50: p50 }),
    ...(p99 === undefined ? {} : { latency_p99: p99 }),
    ...(probesReceived === 0 ? {} : { reordered_ratio: probesReordered / probesReceived }),
  };
}
