/** One measurement of forwarding through rules: what the data path takes, and what its result means. */
import { outcomeWith } from "../conntrack/verdict.js";
import { carriageConfig, type ConfigContext } from "../forwarding/trial.js";
import { ruleSetConfig } from "./rule_set.js";
import { computeMetrics } from "./metrics.js";
import { judgeRules } from "./verdict.js";
import type { ForwardingThroughRules } from "./forwarding_parameters.js";
import type { RulesTrialConfig, RulesTrialResult } from "../../agent/protocol.js";
import type { TrialContext, TrialOutcome } from "../experiment.js";

/** Of a trial whose rules stay as they are. */
export function trialConfig(context: ConfigContext<ForwardingThroughRules>, rate: number | "max"): RulesTrialConfig {
  const { point, seed } = context;
  return {
    ...carriageConfig(context, rate),
    ruleSet: ruleSetConfig(point, point.match_share, seed),
    controlCpu: -1,
  };
}

/** Least rate at which a busy host installs rules, and makes them before. */
const SLOW_RULES_PER_SECOND = 100_000;

/** What a trial may take before it counts as hung. */
export function limitOf(
  { warmupSeconds, graceSeconds }: Pick<TrialContext<unknown>, "warmupSeconds" | "graceSeconds">,
  durationSeconds: number,
  rules: number,
): number {
  return warmupSeconds + durationSeconds + graceSeconds + rules / SLOW_RULES_PER_SECOND;
}

/** The outcome that a result of the data path means. */
export function outcomeOf(config: RulesTrialConfig, result: RulesTrialResult): TrialOutcome {
  const { trafficDigest, probesReceived, rules } = result;
  const notes = { trafficDigest, probesReceived, installed: rules.installed };
  return outcomeWith(judgeRules(config, result), result, notes, () => computeMetrics(result));
}
