/**
 * `rules.rate`: how many rules a second can be inserted, deleted or updated, and how long does one take?
 *
 * No traffic: only the calls into the classifier are timed, and rules that were changed are asked for afterwards. The
 * rules of the point are installed before the clock starts, which is all the warm-up there is: `trial.warmup` has no
 * effect. After the PAM 2021 paper, figures 5 and 6.
 */
import { FLOW_PERF_RULES } from "../../agent/classifiers/flow_perf/command.js";
import { verdictOf, withDoubt, type Doubt } from "../conntrack/verdict.js";
import { coresProblem, dutCpus, OVERSUBSCRIBED, tookTurns } from "../cores.js";
import { choiceOf, classifierProblem } from "./classifiers.js";
import { listProblem, rulesOf, sourceOf } from "./listed.js";
import { hostProblem } from "./host.js";
import { bytesPerRule, entriesPerRule, latencyMetrics, latencyValues, listNotes, listValues } from "./metrics.js";
import { rateParameters, type RateParameters } from "./rate_parameters.js";
import { ruleSetConfig } from "./rule_set.js";
import { limitOf } from "./trial.js";
import { tableFull } from "./verdict.js";
import type { AgentMethods, RuleRateTrialResult } from "../../agent/protocol.js";
import type { MetricDefinition } from "../../results/model.js";
import type { Experiment, RolePlacement, TrialContext, TrialOutcome } from "../experiment.js";

type RateConfig = AgentMethods["rules.rate"]["params"];

/** Both ways to give a rule new actions are updates. */
const RATE_NAMES = {
  insert: "insert_rate",
  delete: "delete_rate",
  update: "update_rate",
  replace: "update_rate",
} as const satisfies Record<RateParameters["operation"], string>;

const rateMetrics: readonly MetricDefinition[] = [
  rateMetric("insert_rate", "Insertion", "Rules inserted a second."),
  rateMetric("delete_rate", "Deletion", "Rules deleted a second."),
  rateMetric("update_rate", "Updates", "Rules a second that got new actions, in place or by delete and insert."),
  ...latencyMetrics("latency", "Time per rule", "Of the call that hands over a batch, divided by its rules."),
  {
    name: "first_rule_latency",
    title: "First rule",
    unit: "ns",
    better: "lower",
    description: "Of the first rule of all, which often makes tables; of flow-perf, which tells it apart.",
  },
  bytesPerRule,
  entriesPerRule,
];

export const rulesRate: Experiment<RateParameters> = {
  name: "rules.rate",
  title: "Rule change rate",
  description: "Insertion, deletion and update of rules a second, without traffic, and the time that one takes.",
  parameters: rateParameters,
  roles: ["dut"],
  metrics: rateMetrics,
  primaryMetric: "insert_rate",
  cannotRun: (point, hosts) =>
    coresProblem(coresOf(point), placeOf(hosts.roles)) ??
    (point.classifier === "softnic"
      ? hostProblem(mostRules(point), hosts)
      : classifierProblem(point.classifier, point, mostRules(point), hosts.facts, hosts.roles["dut"])) ??
    listProblem(point, point.classifier),
  runTrial,
};

/** What a trial takes over its clocked time, since rounds are undone outside the clock, and a busy host is slow. */
const UNDOING = 4;

async function runTrial(context: TrialContext<RateParameters>): Promise<TrialOutcome> {
  const config = rateConfig(context);
  const { point, durationSeconds } = context;
  const limit = limitOf(context, UNDOING * durationSeconds, mostRules(point), point);
  const outcome = rateOutcome(config, await context.agent("dut").call("rules.rate", config, limit));
  return tookTurns(coresOf(point), placeOf(context.roles)) ? withDoubt(outcome, OVERSUBSCRIBED) : outcome;
}

/** What a control thread works on. The connections of Open vSwitch are all served by its main thread. */
function coresOf({ classifier, control_threads, oversubscribe }: RateParameters) {
  return { cores: classifier === "ovs" ? 1 : control_threads, oversubscribe };
}

/** The DUT's, with the CPUs of a generator on the same host, which has nothing to do. */
function placeOf({ dut, generator }: TrialContext<unknown>["roles"]): RolePlacement | undefined {
  if (dut === undefined || generator?.host !== dut.host) return dut;
  return { ...dut, spare: [...(dut.spare ?? []), ...generator.cpus.filter((cpu) => !dut.cpus.includes(cpu))] };
}

/** Of each control thread; those that need none of their own are not pinned. */
function controlCpus(point: RateParameters, place?: RolePlacement): readonly number[] {
  const cpus = dutCpus(coresOf(point), place);
  return Array.from({ length: point.control_threads }, (_, thread) => cpus[thread] ?? -1);
}

function mostRules(point: RateParameters): number {
  const { operation, operations } = point;
  return rulesOf(point) + (operation === "insert" && sourceOf(point) === undefined ? operations : 0);
}

export function rateConfig({
  point,
  seed,
  durationSeconds,
  roles,
}: Pick<TrialContext<RateParameters>, "point" | "seed" | "durationSeconds" | "roles">): RateConfig {
  const { operation, operations, batch } = point;
  return {
    ruleSet: ruleSetConfig(point, 0, seed),
    operation,
    operations,
    batch,
    seconds: durationSeconds,
    cpus: controlCpus(point, placeOf(roles)),
    ...choiceOf(point, roles["dut"]),
  };
}

/** The outcome that a result of the data path means. */
export function rateOutcome({ operation, classifier }: RateConfig, result: RuleRateTrialResult): TrialOutcome {
  const { environment, latency, operations, installed, bytes, firstSeconds } = result;
  const verdict = verdictOf(failureOf(result), () => []);
  const notes = {
    operations,
    installed,
    ...listNotes(result.list),
    ...(classifier?.name === "flow-perf" ? { rules: FLOW_PERF_RULES } : {}),
  };
  if (verdict.status === "failed") return { ...verdict, metrics: {}, environment, notes };
  const metrics = {
    [RATE_NAMES[operation]]: result.operationsPerSecond,
    ...latencyValues("latency", latency),
    ...listValues(result.list),
    ...(firstSeconds === undefined ? {} : { first_rule_latency: firstSeconds * 1e9 }),
    ...(installed === 0 || bytes === undefined ? {} : { bytes_per_rule: bytes / installed }),
  };
  return { ...verdict, metrics, latency, environment, notes };
}

function failureOf({ wrong, refused, operations }: RuleRateTrialResult): Doubt | undefined {
  if (wrong > 0) {
    return {
      flag: "wrong-answers",
      says: `WRONG_ANSWERS: ${wrong} rules did not do as they should after the changes.`,
    };
  }
  if (refused > 0) return tableFull(refused);
  return operations === 0 ? { flag: "no-operations", says: "NO_OPERATIONS: no rule was changed." } : undefined;
}

function rateMetric(name: string, title: string, description: string): MetricDefinition {
  return { name, title, unit: "rules/s", better: "higher", description };
}
