/** What one trial of `rules.storm` measured, beyond what any forwarding through rules does. */
import { meanOf } from "../../../statistics/hdr.js";
import { searchMetrics } from "../../search/metrics.js";
import { latencyMetrics, latencyValues, ruleMetrics } from "../metrics.js";
import { dipOf } from "./dip.js";
import { effectSeconds } from "./effect.js";
import type { RulesTrialConfig, RulesTrialResult, StormConfig, StormCounts } from "../../../agent/protocol.js";
import type { MetricDefinition } from "../../../results/model.js";

const OF_SEARCH = ["throughput", "search_trials", "search_seconds"];

const isForwardingRate = ({ name }: MetricDefinition): boolean => name === "forwarding_rate";

/** What is asked first comes first: that is what tables have room for. */
export const stormMetrics: readonly MetricDefinition[] = [
  ...ruleMetrics.filter(isForwardingRate),
  {
    name: "effect_latency",
    title: "Time until it tells",
    unit: "ns",
    better: "lower",
    description:
      "From the beginning of the call that changes a rule until the first frame was due to be sent that the change told on: the one " +
      "after the last that came back. No finer than the time between two frames; below 0 where frames that were on their way already met the change. With storm.effect only.",
  },
  {
    name: "lossless_update_rate",
    title: "Updates without loss",
    unit: "rules/s",
    better: "higher",
    description:
      "Highest rate of changes that the search found at which no frame was lost, or no more than its loss ratio.",
  },
  {
    name: "dip_depth",
    title: "Depth of the dip",
    unit: "ratio",
    better: "lower",
    description:
      "1 less the lowest forwarding rate in an interval of the series from the batch on, over the median before it.",
  },
  {
    name: "dip_seconds",
    title: "Length of the dip",
    unit: "s",
    better: "lower",
    description: "Time from the batch on in which less than half of the median before it was forwarded.",
  },
  {
    name: "update_rate",
    title: "Updates",
    unit: "rules/s",
    better: "higher",
    description: "Changes of rules a second, from the first to the last.",
  },
  {
    name: "update_rate_intended",
    title: "Intended updates",
    unit: "rules/s",
    better: "neither",
    description: "Changes of rules a second that were to be made; none of a batch, which is made as fast as possible.",
  },
  ...latencyMetrics("update_latency", "Update time", "Of single changes of rules, on the thread that makes them."),
  {
    name: "unmatched_frames",
    title: "Unmatched frames",
    unit: "count",
    better: "lower",
    description: "Frames that met no rule, neither the old nor the new nor a last one. More than none fail the trial.",
  },
  {
    name: "stray_frames",
    title: "Stray frames",
    unit: "count",
    better: "lower",
    description: "Frames sent to a queue that neither the old nor the new rule names. More than none fail the trial.",
  },
  {
    name: "latency_mean",
    title: "Latency mean",
    unit: "ns",
    better: "lower",
    description:
      "Mean over the probes, to compare with papers that give no other: it hides how long the longest waited.",
  },
  ...ruleMetrics.filter((metric) => !isForwardingRate(metric)),
  ...searchMetrics.filter(({ name }) => OF_SEARCH.includes(name)),
];

/** @param result of a trial that did not fail */
export function stormValues(
  config: RulesTrialConfig & { readonly storm: StormConfig },
  result: RulesTrialResult,
  storm: StormCounts,
): Readonly<Record<string, number>> {
  const { rules, latency, series } = result;
  const effect = effectSeconds(config, result);
  const { kind, at, rate } = config.storm;
  const mean = meanOf(latency);
  const dip = series === undefined || kind === "rate" ? undefined : dipOf(series, at, config.seriesIntervalSeconds);
  return {
    ...(mean === undefined ? {} : { latency_mean: mean }),
    ...(storm.seconds === 0 ? {} : { update_rate: storm.done / storm.seconds }),
    ...(kind === "rate" ? { update_rate_intended: rate } : {}),
    ...latencyValues("update_latency", storm.latency),
    ...(dip === undefined ? {} : { dip_depth: dip.depth, dip_seconds: dip.seconds }),
    ...(effect === undefined ? {} : { effect_latency: effect * 1e9 }),
    ...(rules.unmatchedFrames === undefined ? {} : { unmatched_frames: rules.unmatchedFrames }),
    ...(rules.strayFrames === undefined ? {} : { stray_frames: rules.strayFrames }),
  };
}
