/** Trials of real classifiers, as small as they can be. */
import { classifierKinds, classifierVersions } from "../../../src/agent/classifiers/kinds.js";
import type {
  ClassifierChoice,
  RuleRateTrialConfig,
  RulesTrialConfig,
  StormConfig,
} from "../../../src/agent/protocol.js";

export const NEVER = new AbortController().signal;

export const CHOICES: readonly ClassifierChoice[] = [
  { name: "nftables", nftablesForm: "sets" },
  { name: "nftables", nftablesForm: "rules" },
  { name: "ovs" },
  { name: "tc-flower" },
  { name: "xdp" },
];

/** Of those that take frames in a trial of `rules.conformance`. */
export const FRAME_CHOICES = CHOICES.filter(({ nftablesForm }) => nftablesForm !== "sets");

/** In the virtual machine, of those that are tested there: asking takes processes, which are slow to start. */
async function versionsHere(): Promise<Readonly<Record<string, string>>> {
  if (process.env["NICBENCH_VM"] !== "1") return classifierVersions();
  const names = ["tc-flower", "rte_flow", "flow-perf"] as const;
  const asked = names.map(async (name) => [name, await classifierKinds[name].version()] as const);
  return Object.fromEntries(await Promise.all(asked));
}

const versions = await versionsHere();

/** `unavailable: <why>` is what a skipped test lacks. */
export function versionOf({ name }: { readonly name: string }): string {
  return versions[name] ?? "unavailable: it did not say";
}

export function ruleSet(changes: Partial<RuleRateTrialConfig["ruleSet"]> = {}): RuleRateTrialConfig["ruleSet"] {
  return {
    rules: 200,
    tables: 0,
    match: "eth/ipv4",
    actions: "queue",
    matchShare: 0,
    capacity: 0,
    seed: 7,
    masks: 1,
    ...changes,
  };
}

export function rateTrial(changes: Partial<RuleRateTrialConfig> = {}): RuleRateTrialConfig {
  return {
    ruleSet: ruleSet(),
    operation: "insert",
    operations: 100,
    batch: 32,
    seconds: 0.05,
    cpus: [-1],
    ...changes,
  };
}

/** As small as a trial can be. */
export function forwardingTrial(changes: Partial<RulesTrialConfig> & Pick<RulesTrialConfig, "wire">): RulesTrialConfig {
  return {
    traffic: { profile: "uniform", flows: 500, rate: "max", seed: 1 },
    window: 64,
    warmupSeconds: 0.05,
    durationSeconds: 0.2,
    probeEvery: 8,
    ringSize: 1024,
    burst: 32,
    generatorCpu: -1,
    dutCpu: -1,
    controlCpu: -1,
    flowCache: true,
    seriesIntervalSeconds: 0,
    ruleSet: ruleSet(),
    ...changes,
  };
}

export function stormOf(changes: Partial<StormConfig>): StormConfig {
  return { kind: "batch", operation: "insert", size: 100, at: 0.05, rate: 0, core: "same", ...changes };
}
