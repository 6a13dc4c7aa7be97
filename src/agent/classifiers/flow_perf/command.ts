/**
 * The command line of `dpdk-test-flow-perf` for a trial of `rules.rate`, and what it has no words for.
 *
 * Its rules (DPDK's guide "Flow Performance Tool"; app/test-flow-perf/items_gen.c and actions_gen.c of DPDK 22.11) are not quite
 * those of other classifiers: number i matches the source address i of `--ipv4` or `--ipv6`, exactly, and of all other items that
 * they are there (`--vlan`: with VLAN id 1); `--queue` names its four queues in turn, `--mark` 1 to 255. It inserts them one by one
 * from an empty table, and deletes them all. Of several cores each inserts its share and then deletes it, whatever the others do.
 */
import type { RuleOperation } from "../../protocol.js";

/** The same in short, for what is drawn beside other classifiers. */
export const FLOW_PERF_RULES = "flow-perf's own: they match the source address, and of other items that they are there";

export interface FlowPerfPoint {
  readonly match: string;
  readonly actions: string;
  readonly tables: number;
  /** Rules that are there before the first operation. */
  readonly rules: number;
  readonly operation: RuleOperation;
  readonly operations: number;
  readonly batch: number;
  readonly threads: number;
}

/** Why it cannot be asked for this, with what to ask for instead; undefined if it can. */
export function flowPerfProblem(point: FlowPerfPoint): string | undefined {
  const { match, tables, rules, operation, operations, batch, threads } = point;
  if (operation !== "insert" && operation !== "delete")
    return `flow-perf only inserts and deletes; use another classifier for ${operation}.`;
  if (operation === "insert" && rules > 0) return "flow-perf begins with an empty table; use rules: 0 with insert.";
  if (operation === "delete" && rules !== operations)
    return `flow-perf deletes all rules that it has inserted; make operations and rules the same (${rules}).`;
  if (threads > 1 && operation === "delete")
    return "the cores of flow-perf do not delete at the same time; use control_threads: 1 with delete.";
  if (operations % threads !== 0)
    return `flow-perf gives its cores equally many rules; make operations a multiple of control_threads (${threads}).`;
  if (batch > 1) return "flow-perf hands over one rule at a time; use batch: 1.";
  if (tables > 1) return "flow-perf puts all rules into one group; use tables: 0, or 1 for one behind a jump.";
  return /\/ipv[46]/.test(match)
    ? undefined
    : "the rules of flow-perf differ in the IP address alone; use a match with ipv4 or ipv6.";
}

/** Behind EAL's own arguments and `--`. */
export function flowPerfArguments({ match, actions, tables, operations, threads }: FlowPerfPoint): readonly string[] {
  return [
    "--portmask=0x1", // All ports would be filled in turn.
    "--ingress",
    ...(tables === 0 ? [] : [`--group=${tables}`]),
    ...itemsOf(match).map((item) => `--${item}`),
    ...actions.split("/").map((action) => `--${action.replaceAll("_", "-")}`),
    `--rules-count=${operations}`,
    // Of the insertion of all cores but the first, it would leave windows out.
    `--rules-batch=${threads === 1 ? windowOf(operations) : operations / threads}`,
    "--deletion-rate",
    threads === 1 ? "--dump-iterations" : `--cores=${threads}`,
  ];
}

function itemsOf(match: string): readonly string[] {
  const [outer = "", ...inner] = match.split("/");
  return outer === "vlan" ? ["ether", "vlan", ...inner] : ["ether", ...inner];
}

/** Windows that it takes the time of: no more (MAX_BATCHES_COUNT). */
const MOST_WINDOWS = 100;

/** Rules in each of as many equal windows as possible, for it takes the time of no others. */
export function windowOf(operations: number): number {
  for (let windows = Math.min(MOST_WINDOWS, operations); windows > 1; windows -= 1)
    if (operations % windows === 0) return operations / windows;
  return operations;
}
