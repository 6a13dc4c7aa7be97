/** What trials of `rules.*` measured, as far as they have it in common. */
import { forwardingMetrics } from "../forwarding/metrics.js";
import { frameMetrics } from "../conntrack/metrics.js";
import { searchMetrics } from "../search/metrics.js";
import { valueAtPercentile } from "../../statistics/hdr.js";
import type { ListCounts, RuleCounts, RulesTrialResult } from "../../agent/protocol.js";
import type { LatencyHistogram, MetricDefinition } from "../../results/model.js";

export const bytesPerRule: MetricDefinition = {
  name: "bytes_per_rule",
  title: "Bytes per rule",
  unit: "bytes",
  better: "lower",
  description: "Memory of the classifier, with what is free, an installed rule.",
};

export const entriesPerRule: MetricDefinition = {
  name: "entries_per_rule",
  title: "Entries per rule",
  unit: "ratio",
  better: "lower",
  description:
    "Entries of the classifier for a listed rule: more than one where it has no ranges, which are then as many prefixes.",
};

export function listValues(list: ListCounts | undefined): Readonly<Record<string, number>> {
  return list === undefined ? {} : { entries_per_rule: list.entries / list.rules };
}

export function listNotes(list: ListCounts | undefined): Readonly<Record<string, number>> {
  return list === undefined ? {} : { "rules listed": list.rules, "entries for them": list.entries };
}

/** Of any trial that forwards through rules; those of a search are apart. */
export const ruleMetrics: readonly MetricDefinition[] = [
  ...forwardingMetrics.filter((metric) => !searchMetrics.includes(metric)),
  {
    name: "matched_share",
    title: "Matched share",
    unit: "ratio",
    better: "neither",
    description: "Share of the DUT's frames that a specific rule took; the others came to a last one.",
  },
  bytesPerRule,
  entriesPerRule,
  {
    name: "tracked_connections",
    title: "Tracked connections",
    unit: "count",
    better: "neither",
    description: "In the table of the connection tracker at the end, with ovs_conntrack.",
  },
  {
    name: "install_rate",
    title: "Installation",
    unit: "rules/s",
    better: "higher",
    description: "Rules a second when all were installed, before the traffic.",
  },
];

/** @param result of a trial that did not fail */
export function computeMetrics(result: RulesTrialResult): Readonly<Record<string, number>> {
  const { rules, dutBusyCycles, dutTotalCycles } = result;
  const frames = framesOf(rules);
  return {
    ...frameMetrics(result),
    ...(dutTotalCycles === 0 ? {} : { dut_busy: dutBusyCycles / dutTotalCycles }),
    ...(frames === 0 ? {} : { matched_share: rules.matchedFrames / frames }),
    ...listValues(rules.list),
    ...(rules.tracked === undefined ? {} : { tracked_connections: rules.tracked.connections }),
    ...(rules.bytes === undefined || rules.installed === 0 ? {} : { bytes_per_rule: rules.bytes / rules.installed }),
    ...(rules.installSeconds === 0 ? {} : { install_rate: rules.installed / rules.installSeconds }),
  };
}

function framesOf({ matchedFrames, defaultFrames, unmatchedFrames = 0 }: RuleCounts): number {
  return matchedFrames + defaultFrames + unmatchedFrames;
}

const PERCENTILES = [
  ["p50", 50],
  ["p99", 99],
  ["max", 100],
] as const;

/** Of the time that changes of rules took. */
export function latencyMetrics(prefix: string, title: string, description: string): readonly MetricDefinition[] {
  return PERCENTILES.map(([name]) => {
    const which = name === "max" ? "maximum" : name;
    return { name: `${prefix}_${name}`, title: `${title} ${which}`, unit: "ns", better: "lower", description };
  });
}

export function latencyValues(prefix: string, histogram: LatencyHistogram): Readonly<Record<string, number>> {
  const values = PERCENTILES.flatMap(([name, percentile]) => {
    const value = valueAtPercentile(histogram, percentile);
    return value === undefined ? [] : [[`${prefix}_${name}`, value] as const];
  });
  return Object.fromEntries(values);
}
