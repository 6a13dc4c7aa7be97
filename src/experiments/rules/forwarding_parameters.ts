/** Parameters of trials that forward through rules, whether these change or not. */
import { z } from "zod";
import { OVS_EMC, type ClassifierName } from "../../agent/protocol.js";
import { countSchema, shareSchema } from "../../units.js";
import { quote } from "../../yaml/problems.js";
import {
  describeWindow,
  refuseOnKernelWires,
  windowOf,
  windowSchema,
  type Carriage,
} from "../forwarding/parameters.js";
import { nftablesFormSchema } from "./nftables_form.js";
import { rteFlowApiSchema } from "./rte_flow_api.js";
import { refuseBesideList, refuseBesideTrace, sourceOf } from "./listed.js";
import { refuseOverfull, ruleSetFields } from "./rule_set.js";
import type { Traffic } from "../traffic/parameters.js";

/** Classifiers that are not ours, of those that can be a DUT. */
const FORWARDING = ["nftables", "ovs", "rte_flow", "xdp"] as const satisfies readonly ClassifierName[];

/** Where a point does not say: the ring is for threads of one process. */
const KERNEL_WIRE = "af_packet";

/** Of a DUT's port of the testbed. */
const PORT_WIRE = "dpdk";

/** As in the PAM 2021 paper. */
export const DEFAULT_TRAFFIC = { profile: "uniform", flows: 10_000 } as const;

/** What the socket of Open vSwitch has room for, of frames of 1500 bytes, where the kernel's `rmem_default` is that of Linux. */
const WINDOW = 64;

export const matchedFields = {
  classifier: z
    .enum(["softnic", ...FORWARDING])
    .default("softnic")
    .describe(
      "What holds the rules, and is the DUT. softnic: nicbench's own software NIC, on any host. nftables: the kernel, which sends " +
        "frames back on the netdev ingress hook; needs root and nft. ovs: an Open vSwitch with the userspace datapath, started for " +
        "the trial; needs root and openvswitch-switch. xdp: rules in BPF maps, and an XDP program that sends back; needs root and libbpf. " +
        "rte_flow: the testbed's port of DPDK that the DUT has, with a thread of ours behind it that sends back; the generator is at its own port of the testbed. Default softnic.",
    ),
  nftables_form: nftablesFormSchema.optional(),
  ovs_emc: z
    .enum(OVS_EMC)
    .optional()
    .describe(
      "The exact-match cache of Open vSwitch's datapath. warm: every flow enters it with its first frame " +
        "(emc-insert-inv-prob=1; Open vSwitch's own default is one frame in 100). cold: none does (0), so that every frame is looked up " +
        "among the megaflows behind it. Without effect on other classifiers. Default warm.",
    ),
  ovs_conntrack: z
    .boolean()
    .optional()
    .describe(
      "Whether frames of IP go through the connection tracker of Open vSwitch's datapath, and to the rules with the state that it gives them: each goes through the " +
        "datapath twice. Connections are made with their first frame; a frame that it takes for invalid fails the trial. Of ovs only. Default false.",
    ),
  flow_cache: z
    .boolean()
    .default(true)
    .describe(
      "Whether the software NIC keeps what its rules said of each flow, and asks that first: its exact-match cache. With false each frame " +
        "is looked up in the rules. Without effect on other classifiers. Default true.",
    ),
  rte_flow_api: rteFlowApiSchema.optional(),
  ...ruleSetFields,
  masks: countSchema({ min: 1, max: 8 })
    .optional()
    .describe(
      "Masks that the specific rules have in turn, of match eth/ipv4 and eth/ipv4/udp: rule i has number m = i mod masks, and " +
        "the last 2m bits of its source address do not count. A classifier by tuples has one for each. Default 1.",
    ),
  wire: z
    .string()
    .min(1)
    .optional()
    .describe(
      "What joins generator and DUT. ring: memory, without privilege; of softnic only. af_packet, af_xdp and others of " +
        "`nicbench list wires`: ends of a veth pair in a network namespace that is made for the trial, as root. ovs takes its end " +
        "by AF_XDP as well with af_xdp, and by AF_PACKET with others. memif: memory that both share, by nicbench's own driver, or at the end of ovs by DPDK's; dpdk-memif: by DPDK's at " +
        "both ends; of softnic, and of an ovs that was built with DPDK (openvswitch-switch-dpdk). None of rte_flow, which has the testbed's ports. Default: ring for softnic, af_packet for the others.",
    ),
  window: windowSchema.optional().describe(describeWindow(WINDOW)),
  match_share: shareSchema()
    .default(0)
    .describe(
      "Share of the traffic's flows that specific rules match, such as 10%, as far as there are rules for them; for match " +
        "eth/ipv4 and eth/ipv4/udp. Of listed rules: share of the frames that are made for a rule each, in turn; stronger rules may take " +
        "them, and rules may take others as well. Default 0: all frames go past the specific rules to the last one.",
    ),
};

/** A point that forwards, with whatever else its experiment takes. */
export type ForwardingThroughRules = z.output<z.ZodObject<typeof matchedFields>> &
  Carriage & { readonly traffic: Traffic<unknown> };

/** Frames on their way at rate max: the same for all classifiers. */
export function rulesWindowOf({ window = WINDOW, ring }: Pick<ForwardingThroughRules, "window" | "ring">): number {
  return windowOf({ window, ring });
}

/** The wire that joins generator and classifier; of ports of the testbed that at the DUT's end. */
export function wireOf({ classifier, wire }: Pick<ForwardingThroughRules, "classifier" | "wire">): string {
  if (usesPorts({ classifier })) return PORT_WIRE;
  return wire ?? (classifier === "softnic" ? "ring" : KERNEL_WIRE);
}

/** The wire of the generator where `nicbench calibrate` can measure it: no port of a testbed. */
export function calibratedWireOf(point: Pick<ForwardingThroughRules, "classifier" | "wire">): string | undefined {
  return usesPorts(point) ? undefined : wireOf(point);
}

/** Generator and DUT are at ports of the testbed, and not at ends of a wire that is made for the trial. */
export function usesPorts({ classifier }: Pick<ForwardingThroughRules, "classifier">): boolean {
  return classifier === "rte_flow";
}

/** What the data path could not make, or what would fail every trial. */
export function refuseContradictions(point: ForwardingThroughRules, context: z.RefinementCtx): void {
  refuseOverfull(point, context);
  refuseOnWire(point, context);
  const refuse = (path: readonly string[], message: string, input: unknown): void =>
    context.addIssue({ code: "custom", path: [...path], message, input });
  refuseBesideList(point, refuse);
  if (sourceOf(point) === undefined) refuseOfMadeRules(point, refuse);
  else if (point.match_share > 0) refuseBesideTrace(point.traffic, refuse);
}

function refuseOfMadeRules(
  point: ForwardingThroughRules,
  refuse: (path: readonly string[], message: string, input: unknown) => void,
): void {
  const { rules, match_share, masks = 1 } = point;
  for (const key of ["clients", "servers"] as const) {
    const given = "pcap" in point.traffic ? undefined : point.traffic[key];
    if (given !== undefined) refuse(["traffic", key], "are those that the rules are made for; remove it", given);
  }
  if (masks > 1 && !isPlain(point.match))
    refuse(["masks"], `is for match: eth/ipv4 and eth/ipv4/udp, not for ${quote(point.match)}; remove it`, masks);
  if (match_share > 0) {
    if (rules === 0) refuse(["match_share"], "has no effect without rules; remove it, or set rules", match_share);
    const why = unmatchable(point);
    if (why !== undefined) refuse(["match_share"], why, match_share);
  } else if (point.tables === 0 && isPlain(point.match) && !isPlainTraffic(point.traffic)) {
    const message = "has frames that are not plain IPv4, which the last rule of table 0 does not catch; set tables: 1";
    refuse(["traffic"], message, undefined);
  }
}

function refuseOnWire(point: ForwardingThroughRules, context: z.RefinementCtx): void {
  const { classifier, slowdown, ovs_conntrack } = point;
  const wire = wireOf(point);
  const refuse = (key: string, message: string, input: unknown): void =>
    context.addIssue({ code: "custom", path: [key], message, input });
  if (ovs_conntrack === true && classifier !== "ovs")
    refuse("ovs_conntrack", `is of ovs, and ${classifier} tracks no connections; remove it`, ovs_conntrack);
  if (wire !== "ring") refuseOnKernelWires(point, wire, context);
  if (classifier === "softnic") return;
  if (usesPorts(point) && point.wire !== undefined)
    refuse("wire", `has no effect on ${classifier}, which has the testbed's ports; remove it`, point.wire);
  if (wire === "ring")
    refuse("wire", `joins threads of one process, and ${classifier} is none; use af_packet or af_xdp`, wire);
  if (slowdown !== undefined) refuse("slowdown", `has no effect on ${classifier}; remove it`, slowdown);
}

/** Why no rules can be made for flows of the traffic. */
export function unmatchable({ match, traffic }: Pick<ForwardingThroughRules, "match" | "traffic">): string | undefined {
  if ("pcap" in traffic) return "is for flows of a profile, not for those of a capture; remove it";
  if (!isPlain(match)) return `is for match: eth/ipv4 and eth/ipv4/udp, not for ${quote(match)}; change one of them`;
  return isPlainTraffic(traffic)
    ? undefined
    : "is for plain IPv4 traffic; remove traffic.ipv6_share and traffic.tunnel";
}

function isPlain(match: string): boolean {
  return match === "eth/ipv4" || match === "eth/ipv4/udp";
}

/** A capture may be. */
function isPlainTraffic(traffic: Traffic<unknown>): boolean {
  return "pcap" in traffic || ((traffic.ipv6_share ?? 0) === 0 && traffic.tunnel === undefined);
}
