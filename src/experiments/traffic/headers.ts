/** `traffic.ipv6_share`, `vlan`, `tunnel` and `vni`: the headers of generated frames, beside plain IPv4. */
import { z } from "zod";
import { shareSchema } from "../../units.js";

const MAX_VLAN = 4094;
const MAX_VNI = 2 ** 24 - 1;

const vlanId = z.number().int().min(0).max(MAX_VLAN);

const tagSchema = z
  .union([
    vlanId,
    z.strictObject({
      id: vlanId.describe("VLAN identifier, 0 to 4094."),
      priority: z.number().int().min(0).max(7).default(0).describe("Priority code point, 0 to 7. Default 0."),
    }),
  ])
  .transform((tag) => (typeof tag === "number" ? { id: tag, priority: 0 } : tag));

export type VlanTag = z.output<typeof tagSchema>;

export const headerFields = {
  ipv6_share: shareSchema()
    .optional()
    .describe("Share of the flows that are IPv6, such as 20%. Default 0: all are IPv4."),
  vlan: z
    .union([tagSchema.transform((tag) => [tag]), z.array(tagSchema).min(1).max(2)])
    .optional()
    .describe(
      "VLAN tag of all frames (IEEE 802.1Q): its id, such as 100, or { id: 100, priority: 5 }. Of a list of two, the first " +
        "is the outer one, a service tag (802.1ad).",
    ),
  tunnel: z
    .enum(["vxlan", "gre", "geneve"])
    .optional()
    .describe(
      "Outer headers around every packet: VXLAN (RFC 7348), GRE (RFC 2784) or GENEVE (RFC 8926), over IPv4. " +
        "frame_size counts them; the sizes of campus are those of the packets inside.",
    ),
  vni: z.number().int().min(0).max(MAX_VNI).optional().describe("Network identifier of vxlan and geneve. Default 1."),
};

export interface Headers {
  readonly ipv6_share?: number | undefined;
  readonly vlan?: readonly VlanTag[] | undefined;
  readonly tunnel?: keyof typeof TUNNEL_BYTES | undefined;
  readonly vni?: number | undefined;
}

/** Outer IPv4, UDP and VXLAN or GENEVE, inner Ethernet; or outer IPv4 and GRE: `added_bytes` of the data path. */
const TUNNEL_BYTES = { vxlan: 50, geneve: 50, gre: 24 } as const;

/** Bytes with FCS of the shortest UDP frame with these headers. */
export function shortestFrame({ ipv6_share = 0, vlan = [], tunnel }: Headers): number {
  const [ethernet, ip, udp, fcs] = [14, ipv6_share > 0 ? 40 : 20, 8, 4];
  return ethernet + 4 * vlan.length + (tunnel === undefined ? 0 : TUNNEL_BYTES[tunnel]) + ip + udp + fcs;
}

/** For experiments whose DUT looks at flows. */
export function refuseTunnel({ traffic }: { readonly traffic: object }, context: z.RefinementCtx): void {
  if (!("tunnel" in traffic)) return;
  const message = "hides the flows from a tracker, which looks at the outer headers; use experiment: forwarding";
  context.addIssue({ code: "custom", path: ["traffic", "tunnel"], message, input: traffic.tunnel });
}
