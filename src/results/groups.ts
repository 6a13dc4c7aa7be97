/** Metrics of groups of flows: `loss_ratio_group_2` is the loss ratio of the second of `traffic.groups`. */
import type { MetricDefinition, PointSummary } from "./model.js";

/** What charts call the parameter that tells groups apart: none that a suite sets. */
export const GROUP = "group";

const NAME = /^(.*)_group_([1-9]\d*)$/;

/** @param group 1 for the first */
export function groupMetric(metric: string, group: number): string {
  return `${metric}_group_${group}`;
}

/** Of one metric, for the groups from 1 to `groups`. */
export function groupDefinitions(metric: MetricDefinition, groups: number): readonly MetricDefinition[] {
  return Array.from({ length: groups }, (_, index) => ({
    ...metric,
    name: groupMetric(metric.name, index + 1),
    title: `${metric.title}, group ${index + 1}`,
    description: `${metric.description} Of the flows of group ${index + 1} alone.`,
  }));
}

export function isGroupMetric({ name }: Pick<MetricDefinition, "name">): boolean {
  return NAME.test(name);
}

/** Each point as often as it has groups, with its number as a parameter and its metrics in place of the whole's. */
export function pointsByGroup(points: readonly PointSummary[]): readonly PointSummary[] {
  return points.flatMap((point) => groupsOf(point).map((metrics, index) => ({ ...point, params: { ...point.params, [GROUP]: index + 1 }, metrics })));
}

function groupsOf({ metrics }: PointSummary): readonly PointSummary["metrics"][] {
  const groups: Record<string, PointSummary["metrics"][string]>[] = [];
  for (const [name, summary] of Object.entries(metrics)) {
    const [, metric = "", group = ""] = NAME.exec(name) ?? [];
    if (metric !== "") (groups[Number(group) - 1] ??= {})[metric] = summary;
  }
  return groups;
}
