/** The classifiers that are not ours, by name. A new one is one folder, one line here, and its name in the protocol. */
import { mapValues } from "../../map_values.js";
import { ethtool } from "./ethtool/ethtool.js";
import { flowPerf } from "./flow_perf/flow_perf.js";
import { nftables } from "./nftables/nftables.js";
import { dpdkVersion, ovs } from "./ovs/ovs.js";
import { OVS_DPDK } from "./ovs/wires.js";
import { rteFlow } from "./rte_flow/rte_flow.js";
import { tcFlower } from "./tc_flower/tc_flower.js";
import { xdp } from "./xdp/xdp.js";
import type { ClassifierName } from "../protocol.js";
import type { ClassifierKind } from "./classifier.js";

export const classifierKinds: Readonly<Record<ClassifierName, ClassifierKind>> = {
  nftables,
  ovs,
  rte_flow: rteFlow,
  "tc-flower": tcFlower,
  xdp,
  ethtool,
  "flow-perf": flowPerf,
};

/** What this host has of each, and of Open vSwitch with DPDK: its version, or why it is unavailable. */
export async function classifierVersions(): Promise<Readonly<Record<string, string>>> {
  const asked = { ...mapValues(classifierKinds, ({ version }) => version), [OVS_DPDK]: dpdkVersion };
  const entries = Object.entries(asked).map(async ([name, version]) => [name, await version()] as const);
  return Object.fromEntries(await Promise.all(entries));
}
