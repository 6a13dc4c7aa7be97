/** One trial of `rules.rate` in a classifier that is not ours: as native/softnic/rule_rate.cc does it for the software NIC. */
import { latencyRecorder } from "../../statistics/recorder.js";
import { wrongRules } from "./check.js";
import { changingRules } from "./changing_rules.js";
import { classifierKinds } from "./kinds.js";
import { openClassifier } from "./open.js";
import { listMaker, ruleMaker, type RuleMaker } from "./rule_set.js";
import type { ClassifierChoice, RuleOperation, RuleRateCounts, RuleRateTrialConfig } from "../protocol.js";
import type { Rule } from "../../rules/rule.js";
import type { Classifier } from "./classifier.js";

/**
 * The clock runs from the handing over of a batch until the classifier has said that it is done; its words are made before.
 *
 * @throws {UserError} what the classifier throws; STOPPED
 */
export async function classifierRuleRate(
  config: RuleRateTrialConfig,
  choice: ClassifierChoice,
  stop: AbortSignal,
  list?: readonly Rule[],
): Promise<RuleRateCounts> {
  const { ruleSet, operation, operations, cpu } = config;
  const { measureRate } = classifierKinds[choice.name];
  if (measureRate !== undefined) return measureRate(config, choice.port, stop);
  const most = ruleSet.rules + (operation === "insert" ? operations : 0);
  return openClassifier(choice, { ruleSet, most, cpu }, stop, (classifier) =>
    measure(config, classifier, list === undefined ? ruleMaker(ruleSet) : listMaker(list)),
  );
}

/** Times its clocked time that a trial may take, once it has changed a batch: where rules change fast, making their words takes most of it. */
const LONGEST = 3;

async function measure(config: RuleRateTrialConfig, classifier: Classifier, make: RuleMaker): Promise<RuleRateCounts> {
  const { ruleSet, operation, operations, seconds: wanted } = config;
  // A transaction changes a rule once.
  const batch = changesInPlace(operation) ? Math.min(config.batch, ruleSet.rules) : config.batch;
  const rules = changingRules(ruleSet.rules, make);
  const restore = async (): Promise<void> => {
    for (const change of rules.restore()) await classifier.prepare([change])();
  };
  await restore();
  const latency = latencyRecorder();
  let [done, seconds] = [0, 0];
  const change = async (count: number): Promise<number> => classifier.prepare(rules.change(operation, count))();
  await change(Math.min(batch, operations)); // Warms up.
  const start = performance.now();
  const isOver = (): boolean => done > 0 && (seconds >= wanted || performance.now() - start >= LONGEST * wanted * 1000);
  while (!isOver()) {
    await restore();
    for (let inRound = 0; inRound < operations && !isOver();) {
      const count = Math.min(batch, operations - inRound);
      const took = await change(count);
      latency.record((took * 1e9) / count);
      inRound += count;
      done += count;
      seconds += took;
    }
  }
  const wrong = await wrongRules(classifier, rules.present());
  return {
    operations: done,
    seconds,
    operationsPerSecond: done / seconds,
    refused: 0,
    wrong,
    installed: ruleSet.rules,
    latency: latency.histogram(),
  };
}

function changesInPlace(operation: RuleOperation): boolean {
  return operation === "update" || operation === "replace";
}
