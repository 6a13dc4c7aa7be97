/** The classifiers that are not ours, by name. A new one is one folder, one line here, and its name in the protocol. */
import { ethtool } from "./ethtool/ethtool.js";
import { flowPerf } from "./flow_perf/flow_perf.js";
import { nftables } from "./nftables/nftables.js";
import { ovs } from "./ovs/ovs.js";
import { tcFlower } from "./tc_flower/tc_flower.js";
import type { ClassifierName } from "../protocol.js";
import type { ClassifierKind } from "./classifier.js";

export const classifierKinds: Readonly<Record<ClassifierName, ClassifierKind>> = {
  nftables,
  ovs,
  "tc-flower": tcFlower,
  ethtool,
  "flow-perf": flowPerf,
};

/** What this host has of each: its version, or why it is unavailable. */
export async function classifierVersions(): Promise<Readonly<Record<string, string>>> {
  const entries = Object.entries(classifierKinds).map(async ([name, kind]) => [name, await kind.version()] as const);
  return Object.fromEntries(await Promise.all(entries));
}
