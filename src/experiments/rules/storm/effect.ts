/**
 * When did a change of a rule tell on frames? All frames are of one flow, which that rule matches, and come at a constant rate:
 * frame n is due n / rate after the start. So how many the rule took, or the last one before it, tells which frame was the first that
 * met the change.
 */
import type { RulesTrialConfig, RulesTrialResult, StormConfig } from "../../../agent/protocol.js";

type Config = RulesTrialConfig & { readonly storm: StormConfig };

/** From the beginning of the call until that frame was due. Undefined where it was not asked for, or cannot be told. */
export function effectSeconds(config: Config, result: RulesTrialResult): number | undefined {
  const { storm, rules } = result;
  const rate = rateOf(config);
  if (rate === undefined || storm?.done !== 1 || effectUnknown(config, result) !== undefined) return undefined;
  const before = config.storm.operation === "insert" ? rules.defaultFrames : rules.matchedFrames;
  return before / rate - storm.firstSeconds;
}

/** Why it cannot be told although it was asked for. */
export function effectUnknown(config: Config, { frames, rules }: RulesTrialResult): string | undefined {
  if (rateOf(config) === undefined) return undefined;
  const met = rules.matchedFrames + rules.defaultFrames;
  if (met !== frames.sent)
    return `Of ${frames.sent} frames the rules saw ${met}, so that they do not tell when the change met them.`;
  const after = config.storm.operation === "insert" ? rules.matchedFrames : rules.defaultFrames;
  return after === 0 ? "No frame met the change before the trial was over: raise trial.duration." : undefined;
}

/** Frames a second, where this was asked for. */
function rateOf({ ruleSet, traffic }: Config): number | undefined {
  return ruleSet.matchFrom === undefined || typeof traffic.rate !== "number" ? undefined : traffic.rate;
}
