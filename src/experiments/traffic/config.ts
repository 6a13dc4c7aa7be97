/** Traffic as the data path takes it. */
import { withoutUndefined } from "./defined.js";
import { endpointsConfig } from "./endpoints.js";
import { sizesOf } from "./frame_sizes.js";
import type { TrafficConfig } from "../../agent/protocol.js";
import { isSpeed, speedOf, type Traffic, type TrafficRate } from "./parameters.js";

/** @param rate at which its frames are sent, also where the traffic itself asks for a search */
export function trafficConfig(
  { traffic }: { readonly traffic: Traffic<unknown> },
  rate: TrafficRate,
  seed: number,
): TrafficConfig {
  const { pacing = isSpeed(rate) ? "recorded" : "constant" } = traffic;
  const load = {
    rate: isSpeed(rate) ? { recorded: speedOf(rate) } : rate,
    seed,
    ...(pacing === "constant" ? {} : { pacing }),
  };
  if ("pcap" in traffic) {
    const { pcap, windows } = traffic;
    return { ...load, pcap, ...withoutUndefined({ windows }) };
  }
  const { profile, flows, frame_size, skew, new_flows, both_directions, groups } = traffic;
  const { ipv6_share, vlan, tunnel, vni } = traffic;
  return {
    ...load,
    profile,
    flows,
    ...(frame_size === undefined ? {} : sizesOf(frame_size)),
    ...endpointsConfig(traffic),
    ...withoutUndefined({ ipv6Share: ipv6_share, vlans: vlan, tunnel, vni, skew }),
    ...withoutUndefined({ newFlows: new_flows, bothDirections: both_directions, groups }),
  };
}
