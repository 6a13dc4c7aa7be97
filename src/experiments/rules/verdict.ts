/** Can the numbers of a trial that forwarded through rules be trusted? */
import { judge, verdictOf, type Doubt, type Verdict } from "../conntrack/verdict.js";
import type {
  RuleCounts,
  RuleSetConfig,
  RulesTrialConfig,
  RulesTrialResult,
  TrafficConfig,
} from "../../agent/protocol.js";

/** What is wrong with the frames fails a trial, and what is wrong with the rules. */
export function judgeRules(config: RulesTrialConfig, result: RulesTrialResult): Verdict {
  const verdict = judge(result);
  const failure = verdict.status === "failed" ? undefined : failureOf(config, result);
  return failure === undefined ? verdict : verdictOf(failure, () => []);
}

function failureOf(
  { ruleSet, storm, traffic, durationSeconds }: RulesTrialConfig,
  { rules, storm: changes }: RulesTrialResult,
): Doubt | undefined {
  const { unmatchedFrames = 0, strayFrames = 0 } = rules;
  if (unmatchedFrames > 0) {
    return { flag: "unmatched-frames", says: `UNMATCHED: ${unmatchedFrames} frames met no rule, not even a last one.` };
  }
  if (strayFrames > 0) {
    const says = `STRAY: ${strayFrames} frames went to a queue that neither the old nor the new rule names.`;
    return { flag: "stray-frames", says };
  }
  const untracked = trackingFailure(traffic, durationSeconds, rules);
  if (untracked !== undefined) return untracked;
  const wrong = wrongMatch(ruleSet, rules, storm !== undefined);
  if (wrong !== undefined) return { flag: "wrong-match", says: `WRONG_MATCH: ${wrong}` };
  const refused = changes?.refused ?? 0;
  if (refused === 0) return undefined;
  return storm?.operation === "delete" ? noRulesLeft(refused) : tableFull(refused);
}

/** All frames that came to rules were tracked: then about as many connections are there as flows have sent frames. */
function trackingFailure(traffic: TrafficConfig, durationSeconds: number, rules: RuleCounts): Doubt | undefined {
  const { tracked, matchedFrames, defaultFrames } = rules;
  if (tracked === undefined) return undefined;
  if (tracked.invalidFrames > 0) {
    const says = `INVALID_FRAMES: the connection tracker took ${tracked.invalidFrames} frames for invalid; use traffic of whole connections.`;
    return { flag: "invalid-frames", says };
  }
  const kept = Math.min(1, SHORTEST_TIMEOUT / durationSeconds);
  const least = Math.max(1, leastConnections(traffic, (matchedFrames + defaultFrames) * kept));
  if (tracked.connections >= least) return undefined;
  const says = `UNTRACKED: ${tracked.connections} connections were tracked, and the frames were of ${least} or more.`;
  return { flag: "untracked", says };
}

/** Seconds for which Open vSwitch keeps a connection at least, of UDP and TCP (ct-timeout-policy in its conntrack-tp.c). */
const SHORTEST_TIMEOUT = 30;

/** Half of the flows that one expects to see among so many frames, drawn from all equally often. */
function leastConnections(traffic: TrafficConfig, frames: number): number {
  if ("pcap" in traffic || traffic.profile !== "uniform") return 0;
  return Math.floor((traffic.flows * (1 - Math.exp(-frames / traffic.flows))) / 2);
}

/** Rules that are made match the flows that they were made for and no other; frames that are made for listed rules match some rule. */
function wrongMatch(
  { source, matchShare }: RuleSetConfig,
  { matchedFrames, defaultFrames }: RuleCounts,
  change: boolean,
): string | undefined {
  if (source === undefined) {
    if (matchShare > 0 || matchedFrames === 0) return undefined;
    return `specific rules took ${matchedFrames} frames, and none of them was made for this traffic.`;
  }
  if (matchShare < 1 || change || defaultFrames === 0) return undefined;
  return `the last rule took ${defaultFrames} frames, each of which was made for a rule of the list.`;
}

function noRulesLeft(refused: number): Doubt {
  const says = `NO_RULES_LEFT: ${refused} deletions found no rule any more; raise rules, or lower storm.rate.`;
  return { flag: "no-rules-left", says };
}

export function tableFull(refused: number): Doubt {
  const says = `TABLE_FULL: ${refused} changes were refused, for a table was full; raise capacity, or leave it out.`;
  return { flag: "table-full", says };
}
