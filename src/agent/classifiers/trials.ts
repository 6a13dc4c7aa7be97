/** Trials of `rules.run` and `rules.rate`: in the software NIC or in another classifier, of rules that are made or listed. */
import { classifierForwarding } from "./forwarding.js";
import { isListed, listOfTrial, type ListedSet, type PreparedList } from "./listed/list.js";
import { withTrace } from "./listed/trace.js";
import { classifierRuleRate } from "./rate.js";
import { encodeRules } from "./softnic/encode.js";
import { intendedChanges } from "./storm.js";
import type { NativeAddon } from "../../native/addon.js";
import type { RuleSetConfig } from "../../native/rules.js";
import type {
  ClassifierChoice,
  RuleRateCounts,
  RuleRateTrialConfig,
  RulesTrialConfig,
  RulesTrialCounts,
  TrafficConfig,
} from "../protocol.js";

/** @throws {UserError} what classifier and addon throw; RULES_INVALID, RULES_FEW, RULES_TRACE, RULE_UNSUPPORTED of lists */
export async function rulesTrial(
  config: RulesTrialConfig,
  choice: ClassifierChoice | undefined,
  addon: NativeAddon,
  stop: AbortSignal,
): Promise<RulesTrialCounts> {
  const { ruleSet, storm, durationSeconds } = config;
  if (!isListed(ruleSet)) {
    return choice === undefined ? addon.startRulesTrial(config) : classifierForwarding(config, choice, addon, stop);
  }
  const inserted = storm?.operation === "insert" ? intendedChanges(storm, durationSeconds) : 0;
  const list = listOfTrial(ruleSet, inserted, choice?.name ?? "softnic");
  const { entries, counts, installed } = list;
  return withTrafficFor(list, config, async (traffic) => {
    const result =
      choice === undefined
        ? await addon.startRulesTrial({ ...config, traffic, ruleSet: encodedSet(ruleSet, list) })
        : await classifierForwarding(
            { ...config, traffic, ruleSet: bareSet(ruleSet, installed) },
            choice,
            addon,
            stop,
            entries,
          );
    return { ...result, rules: { ...result.rules, list: counts } };
  });
}

/** @throws {UserError} as {@link rulesTrial} */
export async function ruleRateTrial(
  config: RuleRateTrialConfig,
  choice: ClassifierChoice | undefined,
  addon: () => NativeAddon,
  stop: AbortSignal,
): Promise<RuleRateCounts> {
  const { ruleSet, operation, operations } = config;
  if (!isListed(ruleSet)) {
    return choice === undefined ? addon().startRuleRateTrial(config) : classifierRuleRate(config, choice, stop);
  }
  const list = listOfTrial(ruleSet, operation === "insert" ? operations : 0, choice?.name ?? "softnic");
  const result =
    choice === undefined
      ? await addon().startRuleRateTrial({ ...config, ruleSet: encodedSet(ruleSet, list) })
      : await classifierRuleRate({ ...config, ruleSet: bareSet(ruleSet, list.installed) }, choice, stop, list.entries);
  return { ...result, list: list.counts };
}

/** With so many of a list there, and frames that are none of the addon's making. */
function bareSet({ source: _, ...ruleSet }: ListedSet, installed: number): RuleSetConfig {
  return { ...ruleSet, rules: installed, matchShare: 0 };
}

function encodedSet(
  ruleSet: ListedSet,
  { entries, installed }: PreparedList & { readonly installed: number },
): RuleSetConfig {
  return { ...bareSet(ruleSet, installed), listed: encodeRules(entries) };
}

const SMALLEST_FRAME = 64;

/** Calls `run` with the point's own traffic, or, if a share of it is to match, with a capture made for the rules. */
async function withTrafficFor<T>(
  { rules }: Pick<PreparedList, "rules">,
  { traffic, ruleSet: { matchShare } }: Pick<RulesTrialConfig, "traffic" | "ruleSet">,
  run: (traffic: TrafficConfig) => Promise<T>,
): Promise<T> {
  if (matchShare === 0 || "pcap" in traffic) return run(traffic);
  const { rate, seed, pacing, flows, frameSize = SMALLEST_FRAME } = traffic;
  const options = { frames: flows, share: matchShare, bytes: frameSize, seed };
  return withTrace(rules, options, (pcap) => run({ rate, seed, pcap, ...(pacing === undefined ? {} : { pacing }) }));
}
