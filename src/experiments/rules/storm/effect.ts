/**
 * When did a rule that was inserted tell on frames? All frames are of one flow, which that rule drops, and come at a constant rate:
 * frame n is due n / rate after the start. So how many came back tells which frame was the first that met it. Counters of
 * rules would not: Open vSwitch adds what its cache forwarded to whichever rule is there when it looks.
 */
import type { RulesTrialConfig, RulesTrialResult, StormConfig } from "../../../agent/protocol.js";

type Config = RulesTrialConfig & { readonly storm: StormConfig };

/** From the beginning of the call until that frame was due. Undefined where it was not asked for, or cannot be told. */
export function effectSeconds(config: Config, result: RulesTrialResult): number | undefined {
  const { storm, frames } = result;
  const rate = rateOf(config);
  if (rate === undefined || storm?.done !== 1 || effectUnknown(config, result) !== undefined) return undefined;
  return frames.received / rate - storm.firstSeconds;
}

/** Why it cannot be told although it was asked for. */
export function effectUnknown(config: Config, { frames, rules }: RulesTrialResult): string | undefined {
  if (rateOf(config) === undefined) return undefined;
  const met = rules.matchedFrames + rules.defaultFrames;
  if (met !== frames.sent)
    return `Of ${frames.sent} frames the rules saw ${met}, so that they do not tell when the new one met them.`;
  const lost = frames.drops.reduce((sum, { place, frames: count }) => sum + (place.startsWith("wire") ? count : 0), 0);
  if (lost > 0) return `${lost} frames were lost on the wire, which count as if the rule had taken them.`;
  return frames.received === frames.sent
    ? "No frame met the rule before the trial was over: raise trial.duration."
    : undefined;
}

/** Frames a second, where this was asked for. */
function rateOf({ ruleSet, traffic }: Config): number | undefined {
  return ruleSet.matchFrom === undefined || typeof traffic.rate !== "number" ? undefined : traffic.rate;
}
