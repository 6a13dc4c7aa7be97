/** Why a point of `rules.rate` cannot run in nftables: said before the run, with the item and what to do. */
import { formatQuantity } from "../../units.js";
import type { HostFacts } from "../../results/model.js";
import type { RateParameters } from "./rate_parameters.js";

/** nft lists what is there after each trial, which takes minutes beyond. */
const MOST_RULES = 1_100_000;
/** Of the kernel and of nft's listing. */
const BYTES_PER_RULE = 2000;
const USABLE_SHARE = 0.8;

/** @param rules the most there are at once */
export function nftablesProblem(
  point: RateParameters,
  rules: number,
  { nftables, memoryBytes }: HostFacts,
): string | undefined {
  return wordProblem(point) ?? sizeProblem(rules, memoryBytes) ?? hostProblem(nftables);
}

function wordProblem({ operation, match, actions, capacity, nftables_form: form }: RateParameters): string | undefined {
  if (operation === "update") return "nftables has no update in place; use operation: replace.";
  if (capacity !== undefined) return "nftables has no groups of a fixed capacity; leave capacity out.";
  const tunnel = match.split("/").find((item) => ["vxlan", "gre", "geneve"].includes(item));
  if (tunnel !== undefined) return `nftables is not asked for what is inside tunnels: use match without ${tunnel}.`;
  const action = actions.split("/").find((each) => ["set_meta", "set_tag"].includes(each));
  if (action !== undefined) return `nftables has no action ${action}; use queue, queue/mark or drop.`;
  if (form === "rules") return undefined;
  if (actions.includes("mark")) return "a verdict map of nftables cannot mark; use nftables_form: rules.";
  if (match.startsWith("vlan")) return "nft does not list VLAN ids of verdict maps right; use nftables_form: rules.";
  return undefined;
}

function sizeProblem(rules: number, memoryBytes: number): string | undefined {
  const asked = `${formatQuantity(rules, "count")} rules`;
  if (rules > MOST_RULES) return `${asked} take nft minutes to list; use at most 1M.`;
  const needed = rules * BYTES_PER_RULE;
  if (needed <= memoryBytes * USABLE_SHARE) return undefined;
  return `${asked} of nftables need about ${formatQuantity(needed, "bytes")}; use fewer or a larger host.`;
}

function hostProblem(nftables = "unavailable: the host did not say"): string | undefined {
  const [, why] = /^unavailable: (.*)/.exec(nftables) ?? [];
  return why === undefined ? undefined : `nftables cannot be used: ${why}.`;
}
