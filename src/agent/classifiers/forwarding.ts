/**
 * One trial of `rules.occupancy` or `rules.storm` whose DUT is a classifier that is not ours: as native/dataplane/rules_trial.cc
 * does it for the software NIC. Generator and classifier are at the two ends of a wire in the classifier's own network
 * namespace, which vanishes with it; or at two ports of the host.
 */
import { setTimeout as pause } from "node:timers/promises";
import { withMissing } from "../../frames.js";
import { changingRules } from "./changing_rules.js";
import { secondsOf, type ForwardingClassifier } from "./classifier.js";
import { openForwarding } from "./open.js";
import { listMaker, ruleMaker, type RuleMaker } from "./rule_set.js";
import { changeRules, intendedChanges, type ChangesMade } from "./storm.js";
import type { Rule } from "../../rules/rule.js";
import type { NativeAddon } from "../../native/addon.js";
import type {
  ClassifierChoice,
  GeneratorEndConfig,
  RulesTrialConfig,
  RulesTrialCounts,
  StormCounts,
} from "../protocol.js";

/**
 * Rules that match flows of the traffic come first, or from `matchFrom` on, unless there is a list of rules. What the classifier does is not told in cycles.
 *
 * @throws {UserError} what classifier and addon throw; STOPPED
 */
export async function classifierForwarding(
  config: RulesTrialConfig,
  choice: ClassifierChoice,
  addon: NativeAddon,
  stop: AbortSignal,
  list?: readonly Rule[],
): Promise<RulesTrialCounts> {
  const { ruleSet, wire, ringSize, dutCpu, storm, traffic } = config;
  const flows = ruleSet.matchShare === 0 ? new Uint32Array() : await addon.flowsToMatch(traffic, ruleSet.matchShare);
  const byDut = storm?.core === "same";
  const controlCpu = byDut ? dutCpu : config.controlCpu;
  const options = { ruleSet, most: mostRules(config), wire, ringSize, dutCpu, controlCpu, byDut };
  const keepsFate = ruleSet.drops !== "updated";
  const make = list === undefined ? ruleMaker(ruleSet, { flows, keepsFate }) : listMaker(list, { keepsFate });
  try {
    return await openForwarding(choice, options, stop, (classifier) => measure(config, classifier, make, addon));
  } finally {
    // Not before: a switch of DPDK's may crash when its peer on memif goes.
    await addon.releaseGenerator();
  }
}

async function measure(
  config: RulesTrialConfig,
  classifier: ForwardingClassifier,
  make: RuleMaker,
  addon: NativeAddon,
): Promise<RulesTrialCounts> {
  const { ruleSet, storm, durationSeconds } = config;
  const rules = changingRules(ruleSet.rules, make);
  const install = rules.restore().map((change) => classifier.prepare([change]));
  const installSeconds = await secondsOf(async () => {
    for (const commit of install) await commit();
  });
  await untilGone(classifier, addon, [addon.prepareGenerator(generatorConfig(config, classifier))]);
  const before = await classifier.taken();
  const [{ port, startedAt, ...generated }, changes] = await untilGone(classifier, addon, [
    addon.runGenerator(),
    storm === undefined ? undefined : changeRules(storm, durationSeconds, classifier, rules),
  ]);
  const after = await classifier.taken();
  const tracked = await classifier.tracked?.();
  const [matchedFrames, defaultFrames] = [after.specific - before.specific, after.rest - before.rest];
  return {
    ...generated,
    frames: withMissing(generated.frames),
    wire: classifier.description,
    testerWire: port,
    dutFrames: matchedFrames + defaultFrames,
    dutBusyCycles: 0,
    dutTotalCycles: 0,
    ...(after.cpuShare === undefined ? {} : { dutCpuShare: after.cpuShare }),
    rules: {
      installed: ruleSet.rules,
      installSeconds,
      matchedFrames,
      defaultFrames,
      ...(tracked === undefined ? {} : { tracked }),
    },
    ...(changes === undefined ? {} : { storm: sinceStart(changes, startedAt) }),
  };
}

function sinceStart({ firstAt, ...changes }: ChangesMade, startedAt: number): StormCounts {
  return { ...changes, firstSeconds: changes.done === 0 ? 0 : firstAt - startedAt };
}

/** A classifier that is gone fails the trial at once, and not once the generator has found its wire silent. */
async function untilGone<T extends readonly unknown[]>(
  { gone }: ForwardingClassifier,
  addon: NativeAddon,
  work: { readonly [K in keyof T]: T[K] | Promise<T[K]> },
): Promise<T> {
  try {
    return await Promise.race([Promise.all(work) as Promise<unknown> as Promise<T>, gone]);
  } catch (error) {
    addon.stopTrial();
    await Promise.allSettled(work);
    // The wire may break with the classifier at its other end: then that explains it.
    throw (await Promise.race([gone.catch((death: unknown) => death), pause(DEATH_MS)])) ?? error;
  }
}

/** By then it is known that a program has ended. */
const DEATH_MS = 1000;

function generatorConfig(config: RulesTrialConfig, { generatorPort }: ForwardingClassifier): GeneratorEndConfig {
  const { ringSize, traffic, warmupSeconds, durationSeconds, probeEvery, window, seriesIntervalSeconds } = config;
  return {
    port: { ...generatorPort, slots: ringSize },
    traffic,
    warmupSeconds,
    durationSeconds,
    probeEvery,
    window,
    cpu: config.generatorCpu,
    seriesIntervalSeconds,
  };
}

function mostRules({ ruleSet, storm, durationSeconds }: RulesTrialConfig): number {
  return ruleSet.rules + (storm?.operation === "insert" ? intendedChanges(storm, durationSeconds) : 0);
}
