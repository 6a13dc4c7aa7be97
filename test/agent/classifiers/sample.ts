/** Trials of real classifiers, as small as they can be. */
import { classifierVersions } from "../../../src/agent/classifiers/kinds.js";
import type { ClassifierChoice, RuleRateTrialConfig } from "../../../src/agent/protocol.js";

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

const versions = await classifierVersions();

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
    cpu: -1,
    ...changes,
  };
}
