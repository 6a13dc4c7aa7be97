/** What a rule table that is not ours has to offer; one folder each. A trial opens one, changes its rules, and closes it. */
import { UserError } from "../../errors.js";
import type { RuleCounts, TogetherTimes } from "../../native/rules.js";
import type { Rule } from "../../rules/rule.js";
import type {
  GeneratorEndConfig,
  NftablesForm,
  OvsEmc,
  RteFlowApi,
  RuleRateCounts,
  RuleRateTrialConfig,
  RuleSetConfig,
} from "../protocol.js";
import type { PortSpec } from "../../testbed/model.js";

/** A rule with the number by which it is found again. */
export interface Entry {
  readonly id: number;
  readonly rule: Rule;
}

export interface Change {
  /** update: an entry that is there gets other actions, in place. */
  readonly kind: "insert" | "remove" | "update";
  readonly entries: readonly Entry[];
}

/** A rule as the classifier says that it is; where it tells which, and the frames that it has taken if it counts them. */
export interface ListedRule {
  readonly text: string;
  readonly id?: number;
  readonly frames?: number;
}

export interface Classifier {
  /**
   * Puts changes into the classifier's words. What is returned hands them over as one transaction, or, where there are none,
   * as one batch, and gives the seconds until the classifier said that they are done.
   *
   * @throws {UserError} RULE_UNSUPPORTED: it has no words for an item, a field or an action
   */
  prepare(changes: readonly Change[]): () => Promise<number>;
  /**
   * The same for the batches of several control threads, which begin at the same time and hand over one after another. Left out
   * where it was not opened for several.
   */
  prepareTogether?: PrepareTogether;
  /** All rules that are there, but for those that join the groups. */
  listed(): Promise<readonly ListedRule[]>;
  /** The text by which {@link listed} gives an entry. */
  textOf(entry: Entry): string;
  /** Lets these frames come in, as they are; resolves when they have been counted. */
  send(frames: readonly Uint8Array[]): Promise<void>;
  /** Removes all that was made, before it resolves where that takes a while. What is running fails. */
  close(): void | Promise<void>;
}

/** @param threads the batches of each, in order */
export type PrepareTogether = (threads: readonly (readonly (readonly Change[])[])[]) => () => Promise<TogetherTimes>;

export interface OpenOptions {
  /** How many tables there are, and what rules match; the rules themselves come later. */
  readonly ruleSet: RuleSetConfig;
  /** Rules there are at once, at most. */
  readonly most: number;
  /** To run on; -1: any. */
  readonly cpu: number;
  /** Of further control threads, which change rules at the same time. */
  readonly otherCpus?: readonly number[];
  readonly nftablesForm?: NftablesForm;
  readonly rteFlowApi?: RteFlowApi;
  /** That the testbed gives the DUT. */
  readonly port?: PortSpec;
  /** Frames come, and go by the rules from group 0 on: there are groups 1 and 2, and no rules that join them. */
  readonly takesFrames?: boolean;
}

/** A classifier that sends back what comes in, as its rules say: the DUT of a trial. */
export interface ForwardingClassifier extends Pick<Classifier, "prepare" | "close"> {
  /** The generator's end of the wire, in the network namespace of the classifier. */
  readonly generatorPort: Omit<GeneratorEndConfig["port"], "slots">;
  /** What receives frames and sends them, such as `Open vSwitch 3.1.0 (afxdp)`. */
  readonly description: string;
  /** Frames so far, by what took them. */
  taken(): Promise<TakenFrames>;
  /** Left out where it tracks no connections. */
  tracked?(): Promise<Tracked>;
  /** Rejects if it ends by itself. */
  readonly gone: Promise<never>;
}

export type Tracked = NonNullable<RuleCounts["tracked"]>;

export interface TakenFrames {
  readonly specific: number;
  readonly rest: number;
  /** For which the DUT's thread had its CPU since it was asked before, where that is one of ours. */
  readonly cpuShare?: number;
}

export interface ForwardOptions {
  readonly ruleSet: RuleSetConfig;
  /** Rules there are at once, at most. */
  readonly most: number;
  /** The generator's wire, which says how the classifier gets at its own end where it has a choice. */
  readonly wire: string;
  /** Frames that each end of the wire holds, at least. */
  readonly ringSize: number;
  /** Where frames are looked up and sent back; -1: any. */
  readonly dutCpu: number;
  /** Where rules change, if apart from that; -1: any. */
  readonly controlCpu: number;
  /** They change where frames are looked up: between two bursts, where that is a thread of ours. */
  readonly byDut: boolean;
  readonly nftablesForm?: NftablesForm;
  readonly ovsEmc?: OvsEmc;
  readonly ovsConntrack?: boolean;
  readonly rteFlowApi?: RteFlowApi;
  /** That the testbed gives the DUT, and the generator on the same host. */
  readonly port?: PortSpec;
  readonly generatorPort?: PortSpec;
}

export interface ClassifierKind {
  /** Of the program, such as `1.0.6`, or `unavailable: <what is missing, and what to do>`. Never rejects. */
  version(): Promise<string>;
  /** Left out where it is only measured by a program of its own. */
  open?(options: OpenOptions): Promise<Classifier>;
  /** Left out where it cannot be a DUT. @throws {UserError} what is missing */
  forward?(options: ForwardOptions): Promise<ForwardingClassifier>;
  /** One trial of `rules.rate` by a program that makes its own rules and has its own clock. */
  measureRate?(config: RuleRateTrialConfig, port: PortSpec | undefined, stop: AbortSignal): Promise<RuleRateCounts>;
}

/** How long it takes, by a clock that only goes forward. */
export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e9;
}

export function unsupported(classifier: string, what: string): UserError {
  return new UserError("RULE_UNSUPPORTED", `${classifier} has no ${what}.`, "Leave it out, or use another classifier.");
}

const SHOWN = 500;

/** What a program said, in one line of bounded length. */
export function excerpt(said: string): string {
  return said
    .trim()
    .replaceAll(/\s*\n\s*/g, " / ")
    .slice(0, SHOWN);
}
