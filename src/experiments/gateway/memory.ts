/** Does a point fit into a host's memory? Said before the run. */
import { formatQuantity } from "../../units.js";
import type { GatewayParameters } from "./parameters.js";
import type { HostFacts } from "../../results/model.js";

/** Per connection: state, key, the tester's state table, and two entries of the most wasteful table. */
const BYTES_PER_CONNECTION = 300;
const USABLE_SHARE = 0.8;

export function memoryProblem(
  { capacity, traffic }: GatewayParameters,
  { memoryBytes }: HostFacts,
): string | undefined {
  const connections = Math.max(capacity ?? 0, traffic.connections);
  const needed = connections * BYTES_PER_CONNECTION;
  if (needed <= memoryBytes * USABLE_SHARE) return undefined;
  const sizes = `about ${formatQuantity(needed, "bytes")}, and this host has ${formatQuantity(memoryBytes, "bytes")}`;
  return `${formatQuantity(connections, "count")} connections need ${sizes}; use fewer or a larger host.`;
}
