/** A rule, in the words of DPDK's `rte_flow`. Numbers, addresses too, are as wide as their fields, up to 128 bits. */

export interface Rule {
  readonly port: number;
  readonly group: number;
  /** The lower, the higher. */
  readonly priority: number;
  readonly ingress: boolean;
  readonly egress: boolean;
  readonly transfer: boolean;
  /** From the outside in. */
  readonly pattern: readonly PatternItem[];
  readonly actions: readonly Action[];
}

export interface PatternItem {
  readonly name: string;
  /** Fields by name; without any, whatever has such a header matches. */
  readonly fields: Readonly<Record<string, FieldMatch>>;
}

/** A field matches if it is equal to `spec`, or from there up to `last`, where `mask` has ones. */
export interface FieldMatch {
  readonly spec?: bigint;
  readonly last?: bigint;
  readonly mask?: bigint;
}

export interface Action {
  readonly name: string;
  /** Arguments by name. */
  readonly values: Readonly<Record<string, bigint>>;
  /** Those that are lists: `queues` and `types` of rss. */
  readonly lists: Readonly<Record<string, readonly string[]>>;
}

/** The same for rules in the same group that match the same frames by the same fields. */
export function matchKey({ group, pattern }: Pick<Rule, "group" | "pattern">): string {
  return JSON.stringify([group, pattern], (_, value: unknown) => (typeof value === "bigint" ? `${value}` : value));
}
