/** One measurement of forwarding through rules: what the data path takes, and what its result means. */
import { isMemif, MEMIF_WIRES, OVS_DPDK } from "../../agent/classifiers/ovs/wires.js";
import { rteFlowPortsProblem } from "../../agent/classifiers/rte_flow/port.js";
import { outcomeWith } from "../conntrack/verdict.js";
import { portProblem, wireProblem } from "../forwarding.js";
import { carriageConfig, type ConfigContext } from "../forwarding/trial.js";
import { choiceOf, classifierProblem, versionProblem } from "./classifiers.js";
import { rulesWindowOf, usesPorts, wireOf, type ForwardingThroughRules } from "./forwarding_parameters.js";
import { listProblem, sourceOf, type ListedPoint } from "./listed.js";
import { hostProblem } from "./host.js";
import { ruleSetConfig } from "./rule_set.js";
import { computeMetrics, listNotes } from "./metrics.js";
import { judgeRules } from "./verdict.js";
import type {
  AgentMethods,
  ClassifierName,
  RuleOperation,
  RulesTrialConfig,
  RulesTrialResult,
} from "../../agent/protocol.js";
import type { HostsOfPoint, TrialContext, TrialOutcome } from "../experiment.js";
import type { TrafficRate } from "../traffic/parameters.js";

/** What `rules.run` is asked for. */
export type TrialConfig = AgentMethods["rules.run"]["params"];

/** Of a trial whose rules stay as they are. */
export function trialConfig(context: ConfigContext<ForwardingThroughRules>, rate: TrafficRate): TrialConfig {
  const { point, seed, roles } = context;
  return {
    ...carriageConfig(context, rate),
    dutCpu: roles["dut"]?.cpus[0] ?? -1,
    wire: wireOf(point),
    window: rulesWindowOf(point),
    ruleSet: ruleSetConfig(point, point.match_share, seed),
    flowCache: point.flow_cache,
    controlCpu: -1,
    ...choiceOf(point, roles["dut"], roles["generator"]),
  };
}

/** Why a point cannot run on these hosts. @param rules the most there are at once */
export function forwardingProblem(
  point: ForwardingThroughRules,
  rules: number,
  hosts: HostsOfPoint,
  operation?: RuleOperation,
): string | undefined {
  const { classifier } = point;
  const asked = { ...point, ...(operation && { operation }) };
  const problem =
    classifier === "softnic"
      ? hostProblem(rules, hosts)
      : (classifierProblem(classifier, asked, rules, hosts.facts, hosts.roles["dut"]) ??
        (usesPorts(point) ? undefined : farEndProblem(classifier, wireOf(point), hosts)));
  return problem ?? carriageProblem(point, hosts) ?? listProblem(point, classifier);
}

function carriageProblem(point: ForwardingThroughRules, { native, roles }: HostsOfPoint): string | undefined {
  if (usesPorts(point))
    return uncountedProblem(point) ?? rteFlowPortsProblem(roles) ?? portProblem(roles["generator"]?.io, native);
  const wire = wireOf(point);
  return wire === "ring" ? undefined : wireProblem(wire, native);
}

/** Which rule took a frame is told by the queue that it comes from. */
function uncountedProblem(point: ForwardingThroughRules): string | undefined {
  if (sourceOf(point) !== undefined)
    return "rte_flow forwards by rules that nicbench makes, not by listed ones, whose frames it could not tell from others; use rules.rate.";
  if (point.actions !== "drop" || point.match_share === 0) return undefined;
  return "frames that a rule of rte_flow drops cannot be counted; use actions: queue, or match_share: 0.";
}

/** Why a classifier that is not ours cannot be at the other end of a wire. */
function farEndProblem(
  classifier: ClassifierName,
  wire: string,
  { native, facts }: Pick<HostsOfPoint, "native" | "facts">,
): string | undefined {
  if (!native.available) return native.reason;
  if (classifier === "ovs" && isMemif(wire)) return versionProblem(OVS_DPDK, facts);
  const ends = native.wires.find(({ name }) => name === wire)?.ends ?? "interfaces";
  if (ends === "interfaces") return undefined;
  const others = classifier === "ovs" ? `af_packet, af_xdp, ${MEMIF_WIRES.join(" or ")}` : "af_packet or af_xdp";
  return `The wire ${wire} has no interface that ${classifier} could be at: use ${others}.`;
}

/** Least rate at which a busy host installs rules, and makes them before. */
const SLOW_RULES_PER_SECOND = 100_000;

/** Through other programs, and of rules that are listed, it takes this many times as long as in the software NIC. */
const SLOWNESS = 20;

/** What a trial may take before it counts as hung. */
export function limitOf(
  { warmupSeconds, graceSeconds }: Pick<TrialContext<unknown>, "warmupSeconds" | "graceSeconds">,
  durationSeconds: number,
  rules: number,
  point: ListedPoint & { readonly classifier: string },
): number {
  const slowness = point.classifier === "softnic" && sourceOf(point) === undefined ? 1 : SLOWNESS;
  return warmupSeconds + durationSeconds + graceSeconds + (slowness * rules) / SLOW_RULES_PER_SECOND;
}

/** The outcome that a result of the data path means. */
export function outcomeOf(config: RulesTrialConfig, result: RulesTrialResult): TrialOutcome {
  const { trafficDigest, probesReceived, rules, wire, testerWire } = result;
  const ends = wire === "ring" ? {} : { "DUT's end": wire, "generator's end": testerWire };
  const notes = { trafficDigest, probesReceived, installed: rules.installed, ...listNotes(rules.list), ...ends };
  return outcomeWith(judgeRules(config, result), result, notes, () => computeMetrics(result));
}
