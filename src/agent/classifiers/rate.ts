/** One trial of `rules.rate` in a classifier that is not ours: as native/softnic/rule_rate.cc does it for the software NIC. */
import { latencyRecorder } from "../../statistics/recorder.js";
import { wrongRules } from "./check.js";
import { changingRules } from "./changing_rules.js";
import { classifierKinds } from "./kinds.js";
import { openClassifier } from "./open.js";
import { listMaker, ruleMaker, type RuleMaker } from "./rule_set.js";
import { together } from "./together.js";
import type { ClassifierChoice, RuleRateCounts, RuleRateTrialConfig } from "../protocol.js";
import type { Rule } from "../../rules/rule.js";
import type { Change, Classifier } from "./classifier.js";

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
  const {
    ruleSet,
    operation,
    operations,
    cpus: [cpu = -1, ...otherCpus],
  } = config;
  const { measureRate } = classifierKinds[choice.name];
  if (measureRate !== undefined) return measureRate(config, choice.port, stop);
  const most = ruleSet.rules + (operation === "insert" ? operations : 0);
  return openClassifier(choice, { ruleSet, most, cpu, otherCpus }, stop, (classifier) =>
    measure(config, classifier, list === undefined ? ruleMaker(ruleSet) : listMaker(list)),
  );
}

/** Times its clocked time that a trial may take, once it has changed a batch: where rules change fast, making their words takes most of it. */
const LONGEST = 3;

async function measure(config: RuleRateTrialConfig, classifier: Classifier, make: RuleMaker): Promise<RuleRateCounts> {
  const { ruleSet, seconds: wanted } = config;
  const shares = config.cpus.map((_, thread) => shareOf(config, thread, make));
  const prepareTogether = classifier.prepareTogether ?? together([classifier]);
  const restore = async (): Promise<void> => {
    for (const share of shares) for (const change of share.restore()) await classifier.prepare([change])();
  };
  let [latency, done, seconds, ahead] = [latencyRecorder(), 0, 0, 1];
  const change = async (): Promise<void> => {
    const batches = shares.map((share) => share.next(ahead));
    const times = await prepareTogether(batches.map((mine) => mine.map(({ changes }) => changes)))();
    const counts = batches.flatMap((mine) => mine.map(({ count }) => count));
    times.each.flat().forEach((took, index) => {
      const count = counts[index] ?? 1;
      latency.record((took * 1e9) / count);
      done += count;
    });
    seconds += times.seconds;
    if (times.seconds < ENOUGH_SECONDS) ahead = Math.min(2 * ahead, mostAhead(config));
  };
  await restore();
  await change(); // Warms up.
  [latency, done, seconds] = [latencyRecorder(), 0, 0];
  const start = performance.now();
  const isOver = (): boolean => done > 0 && (seconds >= wanted || performance.now() - start >= LONGEST * wanted * 1000);
  while (!isOver()) {
    await restore();
    while (!isOver() && shares.some((share) => share.left() > 0)) await change();
  }
  const wrong = await wrongRules(
    classifier,
    shares.flatMap((share) => share.present()),
  );
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

/** Of several threads together: then that one ends before another hardly counts. */
const ENOUGH_SECONDS = 0.02;
const MOST_AHEAD = 10_000;

/** Batches that each thread hands over before all wait for each other. One thread waits for nobody. */
function mostAhead({ batch, cpus }: RuleRateTrialConfig): number {
  return cpus.length === 1 ? 1 : Math.max(1, Math.floor(MOST_AHEAD / (batch * cpus.length)));
}

/** The rules of control thread i of n, i, i + n, …, and its batches of each round. */
function shareOf(
  { ruleSet, operation, operations, batch, cpus }: RuleRateTrialConfig,
  thread: number,
  make: RuleMaker,
) {
  const threads = cpus.length;
  const ownBelow = (number: number): number => Math.max(0, Math.ceil((number - thread) / threads));
  const there = ownBelow(ruleSet.rules);
  const rules = changingRules(there, (place, changed) => make(thread + place * threads, changed));
  const inPlace = operation === "update" || operation === "replace";
  const ofRound = inPlace
    ? ownBelow(operations)
    : Math.abs(there - ownBelow(ruleSet.rules + (operation === "insert" ? operations : -operations)));
  const largest = inPlace ? Math.min(batch, there) : batch; // A transaction changes a rule once.
  let left = 0;
  return {
    present: rules.present,
    left: () => left,
    /** What begins a round. */
    restore: (): readonly Change[] => {
      left = ofRound;
      return rules.restore();
    },
    /** Up to so many batches, of what is left of the round. */
    next: (most: number) => {
      const batches: { readonly count: number; readonly changes: readonly Change[] }[] = [];
      while (batches.length < most && left > 0) {
        const count = Math.min(largest, left);
        left -= count;
        batches.push({ count, changes: rules.change(operation, count) });
      }
      return batches;
    },
  };
}
