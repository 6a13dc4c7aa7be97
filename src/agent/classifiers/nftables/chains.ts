/**
 * The chains that hold the rules of a trial, all in one table on the netdev ingress hook.
 *
 * With `tables: 0` the rules are in one chain. With k, k chains are asked in turn, so that a frame that no rule matches crosses
 * all of them, and rule number i is in chain 1 + i mod k.
 */
import { PORT } from "../inject.js";
import { DUT_END, DUT_MAC } from "../veth.js";
import { chainOf } from "./words.js";
import type { RuleSetConfig } from "../../protocol.js";

export interface Chains {
  /** Of those that hold rules. */
  readonly names: readonly string[];
  /** Commands that make the table and its chains, each but the first one thing. */
  readonly made: readonly string[];
  /** Commands for the rules that join the chains, each one rule. */
  readonly calls: readonly string[];
}

export const TABLE = "netdev nicbench";

/** On `lo`, which every namespace has, and where no frame comes. */
export function idleChains(tables: number): Chains {
  const names = chainNames(tables);
  const [base, others] = [chainOf(0), tables === 0 ? [] : names];
  return {
    names,
    made: [...tableOn("lo", base), ...others.map(addChain)],
    calls: others.map((name) => call(base, name)),
  };
}

/** Where frames come: chains that nothing joins. */
export function frameChains(): Chains {
  const names = [0, 1, 2].map(chainOf);
  return { names, made: [...tableOn(PORT, chainOf(0)), ...names.slice(1).map(addChain)], calls: [] };
}

/** Counts all frames, asks the chains, and counts the rest. */
export const COUNTING_CHAIN = "counting";

/**
 * Where frames go back by the end of a wire that they came in by, with the MAC addresses exchanged: unless a rule drops them, for
 * what a chain accepts goes on to the next one on the hook. What no rule takes does so too, unless the rest is dropped.
 */
export function sendingChains({ tables, drops }: Pick<RuleSetConfig, "tables" | "drops">): Chains {
  const names = chainNames(tables);
  const count = `add rule ${TABLE} ${COUNTING_CHAIN} counter`;
  return {
    names,
    made: [...tableOn(DUT_END, COUNTING_CHAIN), addBaseChain("sending", DUT_END, 1), ...names.map(addChain)],
    calls: [
      count,
      ...names.map((name) => call(COUNTING_CHAIN, name)),
      drops === "rest" ? `${count} drop` : count,
      `add rule ${TABLE} sending ether daddr set ether saddr ether saddr set ${DUT_MAC} fwd to "${DUT_END}"`,
    ],
  };
}

function chainNames(tables: number): readonly string[] {
  return tables === 0 ? [chainOf(0)] : Array.from({ length: tables }, (_, index) => chainOf(index + 1));
}

function tableOn(device: string, base: string): readonly string[] {
  return [`add table ${TABLE}`, addBaseChain(base, device, 0)];
}

function addBaseChain(name: string, device: string, priority: number): string {
  return `add chain ${TABLE} ${name} { type filter hook ingress device ${device} priority ${priority}; }`;
}

function addChain(name: string): string {
  return `add chain ${TABLE} ${name}`;
}

function call(from: string, to: string): string {
  return `add rule ${TABLE} ${from} jump ${to}`;
}
