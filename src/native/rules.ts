/** Trials of `rules.*` on the software NIC, as the addon takes and gives them. */
import type { LatencyHistogram } from "../observations.js";
import type { FilterSetName } from "../rules/filter_sets/profiles.js";
import type { ForwardingTrialConfig, LastReturn, NativeForwardingResult } from "./forwarding.js";

/** Rules as bytes (native/softnic/listed_rules.h), with the names of what they match. */
export interface EncodedRules {
  readonly bytes: Buffer;
  readonly names: readonly string[];
}

/** The software NIC's rule table by itself. Numbers of rules are those that `install` gave. */
export interface RuleTable {
  /** One rule. @throws SOFTNIC_REFUSED: why */
  install(rule: EncodedRules): number;
  /** In place. */
  update(number: number, rule: EncodedRules): void;
  remove(number: number): void;
  /** Frames that a rule took, if it counts. */
  hits(number: number): number;
  /** A frame comes in. */
  send(frame: Buffer): void;
}

/** Rules that are not made from their numbers: of a file of testpmd's commands, or drawn in the manner of ClassBench. */
export type RuleSource = { readonly rulesFile: string } | { readonly filterSet: FilterSetName };

/** The rules to install; made natively, since there may be millions. */
export interface RuleSetConfig {
  /** Specific rules in all tables together, besides those that jump and those that catch the rest. */
  readonly rules: number;
  /**
   * 0: all in group 0. k: group 0 jumps to group 1, the rules are spread equally over groups 1 to k, and each group's last
   * rule jumps to the next.
   */
  readonly tables: number;
  /**
   * Pattern items from the outside in, such as `eth/ipv4/udp` or `vxlan/ipv4/udp`. Of the last address item source and
   * destination are matched exactly; of tcp and udp both ports; of `eth` alone the destination address; of vlan the id,
   * of vxlan and geneve the VNI, of gre its presence.
   */
  readonly match: string;
  /** Of each specific rule, in order: `queue/mark`. */
  readonly actions: string;
  /** Share of the traffic's flows that specific rules match, in [0, 1]; 0 for `rules.rate`. */
  readonly matchShare: number;
  /** Number of the first rule that matches a flow of these; the others follow. Default 0. */
  readonly matchFrom?: number;
  /**
   * What drops frames, beside rules whose action says so. rest: the last rule, which else sends to queue 0. updated: a specific rule
   * once it was updated or replaced. Not of listed rules. Left out: nothing.
   */
  readonly drops?: "rest" | "updated";
  /** Rules that a group can hold; 0: as many as asked for, with room for a storm. */
  readonly capacity: number;
  readonly seed: number;
  /** That the rules have in turn, 1 to 8: rule i has number m = i mod masks, and the last 2m bits of its source do not count. */
  readonly masks: number;
  /** Instead of match, actions, tables and masks. Of a file all rules are there, but for those that are inserted in the trial. */
  readonly source?: RuleSource;
  /** What the addon is given of them, in the order in which they are installed. */
  readonly listed?: EncodedRules;
}

/** replace: delete, then insert with new actions. update: new actions in place. */
export type RuleOperation = "insert" | "delete" | "update" | "replace";

/** Changes of rules in the middle of the measured phase. */
export interface StormConfig {
  readonly kind: "batch" | "rate";
  readonly operation: RuleOperation;
  /** batch: so many at once, `at` seconds into the measured phase. */
  readonly size: number;
  readonly at: number;
  /** rate: so many a second, from the start of the measured phase to its end. */
  readonly rate: number;
  /** Which core changes the rules: the one that forwards, between two bursts, or another. */
  readonly core: "same" | "other";
}

export type RulesTrialConfig = Omit<ForwardingTrialConfig, "testerWire" | "mishap" | "dutCpus"> & {
  readonly dutCpu: number;
  readonly ruleSet: RuleSetConfig;
  readonly storm?: StormConfig;
  /** The software NIC keeps what its rules said of each flow (native/softnic/flow_cache.h). */
  readonly flowCache: boolean;
  /** CPU of the thread that changes rules where `core` is other; -1: not pinned. */
  readonly controlCpu: number;
};

export type NativeRulesResult = Omit<NativeForwardingResult, "foreignFrames"> &
  LastReturn & {
    readonly rules: RuleCounts;
    /** Only with `storm`. */
    readonly storm?: StormCounts;
  };

export interface RuleCounts {
  /** Of all groups, when the measured phase began. */
  readonly installed: number;
  readonly installSeconds: number;
  /** Of the classifier; left out where it does not tell. */
  readonly bytes?: number;
  /** In the measured phase, those that a specific rule took. */
  readonly matchedFrames: number;
  /** Those that a group's last rule took. */
  readonly defaultFrames: number;
  /** Those that no rule took, which are dropped: any but 0 fails the trial. Of the software NIC only. */
  readonly unmatchedFrames?: number;
  /** Those that a rule took to a queue that neither its old nor its new actions name: any but 0 fails the trial. Likewise. */
  readonly strayFrames?: number;
  /** Only where frames go through a connection tracker first. */
  readonly tracked?: {
    /** In its table at the end. */
    readonly connections: number;
    /** That it took for part of no connection, which are dropped: any but 0 fails the trial. */
    readonly invalidFrames: number;
  };
  /** Only of rules with a {@link RuleSource}. */
  readonly list?: ListCounts;
}

/** What became of a list of rules in a classifier. */
export interface ListCounts {
  /** As they are listed. */
  readonly rules: number;
  /** With each range as prefixes, where the classifier has no ranges. */
  readonly entries: number;
}

export interface StormCounts {
  /** Changes that should have been made. */
  readonly intended: number;
  readonly done: number;
  /** The table was full. */
  readonly refused: number;
  /** From the start of the measured phase to the beginning of the first change. */
  readonly firstSeconds: number;
  /** From the first change to the last. */
  readonly seconds: number;
  /** Of each change. */
  readonly latency: LatencyHistogram;
}

/** One trial of `rules.rate`: no traffic. */
export interface RuleRateTrialConfig {
  /** What is there when the clock starts. */
  readonly ruleSet: RuleSetConfig;
  readonly operation: RuleOperation;
  /**
   * Of one round. insert: from `ruleSet.rules` up by so many; delete: down by so many. Rounds repeat until `seconds`, and
   * what a round changed is undone outside the clock.
   */
  readonly operations: number;
  /** Rules handed over at once, 1 to 64. */
  readonly batch: number;
  readonly seconds: number;
  /** Of each control thread; -1: not pinned. Number i of n changes the rules i, i + n, …, at the same time as the others. */
  readonly cpus: readonly number[];
}

/** What control threads took that changed rules at the same time. */
export interface TogetherTimes {
  /** During which at least one was at work. */
  readonly seconds: number;
  /** By thread, of each of its batches. */
  readonly each: readonly (readonly number[])[];
}

export interface NativeRuleRateResult {
  readonly operations: number;
  /** That batches took; of several control threads, during which at least one was at work. */
  readonly seconds: number;
  readonly operationsPerSecond: number;
  readonly refused: number;
  /** Rules that did not answer as they should afterwards, of a sample: any but 0 fails the trial. */
  readonly wrong: number;
  readonly installed: number;
  readonly bytes: number;
  /** Of the handing over of a batch, divided by its rules. */
  readonly latency: LatencyHistogram;
  readonly involuntarySwitches: number;
  /** Only of rules with a {@link RuleSource}. */
  readonly list?: ListCounts;
}
