/**
 * When did a change of a rule tell on frames? All frames are of one flow, which comes back until the change tells, and is dropped
 * from then on. They come at a constant rate, and each carries when it was due to be sent: so the last one that came back tells,
 * whatever was lost before it. Counters of rules would not: Open vSwitch adds what its cache forwarded to whichever rule is there
 * when it looks.
 */
import type {
  ClassifierName,
  RuleOperation,
  RulesTrialConfig,
  RulesTrialResult,
  RuleSetConfig,
  StormConfig,
} from "../../../agent/protocol.js";

type Config = RulesTrialConfig & { readonly storm: StormConfig };

/** Rules with which the flow comes back until one of them is changed by the operation, and is dropped from then on. */
export function effectRules(
  operation: RuleOperation,
  rules: number,
  classifier: "softnic" | ClassifierName,
): Pick<RuleSetConfig, "actions" | "matchShare" | "matchFrom" | "drops"> {
  switch (operation) {
    case "insert": // A rule that drops, above a last one that sends back.
      return { actions: "drop", matchShare: 1, matchFrom: rules };
    case "delete": // A rule that sends back, above a last one that drops. The software NIC deletes the newest, others the oldest.
      return { actions: "queue", matchShare: 1, matchFrom: classifier === "softnic" ? rules - 1 : 0, drops: "rest" };
    case "update":
    case "replace":
      return { actions: "queue", matchShare: 1, matchFrom: 0, drops: "updated" };
  }
}

/** From the beginning of the call until the first frame was due that was dropped. Undefined where it was not asked for, or cannot be told. */
export function effectSeconds(config: Config, result: RulesTrialResult): number | undefined {
  const { storm, lastDueSeconds } = result;
  const rate = rateOf(config);
  if (rate === undefined || lastDueSeconds === undefined || storm?.done !== 1) return undefined;
  return effectUnknown(config, result) === undefined ? lastDueSeconds + 1 / rate - storm.firstSeconds : undefined;
}

/** Where frames get lost that the rules may have sent back. */
const WAY_BACK: ReadonlySet<string> = new Set(["wire", "wire to tester"]);

/** Of frames that were due when the change had told: the share that may be lost before the rules. */
const UNSEEN_SHARE = 0.1;

/** Why it cannot be told although it was asked for. */
export function effectUnknown(config: Config, result: RulesTrialResult): string | undefined {
  const { frames, rules, lastDueSeconds } = result;
  const rate = rateOf(config);
  if (rate === undefined) return undefined;
  if (lastDueSeconds === undefined) return "No frame came back that told when it was due.";
  const after = frames.sent - Math.round(lastDueSeconds * rate) - 1;
  const back =
    frames.received + frames.drops.reduce((sum, drop) => sum + (WAY_BACK.has(drop.place) ? drop.frames : 0), 0);
  const dropped = rules.matchedFrames + rules.defaultFrames - back;
  if (after <= 0 || dropped <= 0) return "No frame met the change before the trial was over: raise trial.duration.";
  return after - dropped > UNSEEN_SHARE * after
    ? `Of the ${after} frames after the last that came back the rules saw ${dropped}: the change may have told later than it seems.`
    : undefined;
}

/** Frames a second, where this was asked for. */
function rateOf({ ruleSet, traffic }: Config): number | undefined {
  return ruleSet.matchFrom === undefined || typeof traffic.rate !== "number" ? undefined : traffic.rate;
}
