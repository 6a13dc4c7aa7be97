/** Does a point fit into a host's memory? Said before the run, not by the out-of-memory killer in it. */
import { formatQuantity } from "../../units.js";
import type { ConntrackParameters } from "./parameters.js";
import type { HostFacts } from "../../results/model.js";

/** Per flow: the generator's model, the tracker's state and key, and a node of the most wasteful table. */
const BYTES_PER_FLOW = 200;
/** Per slot of the table, key, value and what the layout adds. */
const BYTES_PER_SLOT = 64;
const USABLE_SHARE = 0.8;

/** Live flows over slots that a table is made for unless the suite says otherwise. */
const TARGET_LOAD = 0.8;

/** The next power of two with `flows` at a load factor of 80 % or less. */
export function capacityFor(flows: number): number {
  return 2 ** Math.ceil(Math.log2(flows / TARGET_LOAD));
}

/** Why the point does not fit, or undefined if it does. */
export function memoryProblem(point: ConntrackParameters, { memoryBytes }: HostFacts): string | undefined {
  const flows = "flows" in point.traffic ? point.traffic.flows : 0;
  const capacity = point.capacity ?? (flows === 0 ? 0 : capacityFor(flows));
  const needed = flows * BYTES_PER_FLOW + capacity * BYTES_PER_SLOT;
  if (needed <= memoryBytes * USABLE_SHARE) return undefined;
  const amounts = `${formatQuantity(flows, "count")} flows in a table for ${formatQuantity(capacity, "count")}`;
  const sizes = `about ${formatQuantity(needed, "bytes")}, and this host has ${formatQuantity(memoryBytes, "bytes")}`;
  return `${amounts} need ${sizes}; use fewer flows or a larger host.`;
}
