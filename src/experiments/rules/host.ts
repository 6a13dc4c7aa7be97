/** Why a host cannot run a point of `rules.*`: said before the run. */
import { formatQuantity } from "../../units.js";
import type { NativeInfo } from "../../agent/protocol.js";
import type { HostFacts } from "../../results/model.js";

/** Its pattern, actions and counters, its place in a table that may be half empty, and the list that it was made from. */
const BYTES_PER_RULE = 200;
const USABLE_SHARE = 0.8;

/** @param rules the most there are at once */
export function hostProblem(
  rules: number,
  { native, facts: { memoryBytes } }: { readonly native: NativeInfo; readonly facts: HostFacts },
): string | undefined {
  if (!native.available) return native.reason;
  const needed = rules * BYTES_PER_RULE;
  if (needed <= memoryBytes * USABLE_SHARE) return undefined;
  const sizes = `about ${formatQuantity(needed, "bytes")}, and this host has ${formatQuantity(memoryBytes, "bytes")}`;
  return `${formatQuantity(rules, "count")} rules need ${sizes}; use fewer or a larger host.`;
}
