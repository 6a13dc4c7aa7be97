/** Rules of a port of DPDK (rte_flow), as the addon takes and gives them. */
import type { Rule } from "../rules/rule.js";

export interface NicRulesConfig {
  /** With its arguments, as the wire `dpdk` takes it. */
  readonly device: string;
  /** By templates and a queue of operations, and not by single calls. */
  readonly asynchronous: boolean;
  /** Rules at once. */
  readonly most: number;
  /** Frames that each queue holds, at least; 512 if left out. */
  readonly slots?: number;
}

export interface NicRule {
  /** Below 2^32. */
  readonly id: number;
  /** For messages. */
  readonly text: string;
  readonly rule: Rule;
}

/** First some go, then others come. */
export interface NicRuleChange {
  readonly remove: readonly number[];
  readonly insert: readonly NicRule[];
}

export interface NicRuleCount {
  readonly id: number;
  /** That it took; left out where it has no counter that can be read. */
  readonly frames?: number;
}

export interface NicRulesReceived {
  /** So far, by queue. */
  readonly frames: readonly number[];
  /** Of the time since it was asked before; only with a DUT. */
  readonly dutCpuShare?: number;
}
