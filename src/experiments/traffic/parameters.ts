/** Parameters of traffic, as suites and the command line write them. Parsing what was parsed gives the same again. */
import { z } from "zod";
import { countSchema, flowRateSchema, frameRateSchema } from "../../units.js";
import { withoutUndefined } from "./defined.js";
import { endpointFault, endpointFields, type Endpoints } from "./endpoints.js";
import { frameSizeSchema, MIN_FRAME, smallestFrame, type FrameSize } from "./frame_sizes.js";
import { headerFields, shortestFrame, type Headers } from "./headers.js";

const DEFAULT_FLOWS = 65536;
/** Sequence number and time, which a frame needs room for to be a probe. */
const PROBE_BYTES = 16;
const DEFAULT_SKEW = 1;
/** What seven bits of a MAC address tell apart: `kMaxFlowGroups` of the data path. */
const MAX_GROUPS = 128;

const RATE =
  "Intended load in frames/s, such as 5Mpps, sent in time whatever the DUT does; or max: as fast as the wire takes " +
  "frames, where latency is that of full queues. Of a pcap also 1x: the rate at which it was recorded, 2x: twice that.";

const speedSchema = z.templateLiteral([z.number(), "x"], { error: () => "a multiple of a pcap's rate such as 2x" });

/** Times the rate at which a capture was recorded. */
export type Speed = z.output<typeof speedSchema>;

export type TrafficRate = number | "max" | Speed;

const pacingSchema = z.union([
  z.enum(["constant", "poisson", "recorded"]),
  z.strictObject({ burst: countSchema({ min: 2, max: 2 ** 16 }).describe("Frames sent back to back.") }),
]);

const trafficObject = z.strictObject({
  profile: z
    .enum(["uniform", "zipf", "campus"])
    .optional()
    .describe(
      "Flow model. uniform: all flows equally often. zipf: the n-th flow in proportion to 1/n^skew. campus: sizes of " +
        "frames and flows as published for campus and backbone links. Default campus, unless there is a pcap.",
    ),
  pcap: z
    .string()
    .min(1)
    .optional()
    .describe("Capture to replay in a loop instead of a profile; relative to the suite."),
  windows: countSchema({ min: 1, max: 1024 })
    .optional()
    .describe(
      "Windows of the capture that play at once, each from another time in it and with addresses of its own, so that " +
        "there are so many times its flows. Default 1.",
    ),
  flows: countSchema({ min: 1, max: 2 ** 40 })
    .optional()
    .describe(`Flows that are live at once, such as 64Ki or 1M. Default ${DEFAULT_FLOWS}. A capture has its own.`),
  frame_size: frameSizeSchema
    .optional()
    .describe(
      "Bytes of a frame with FCS, for uniform and zipf; campus has its own sizes. Of several sizes, a list is sent in turn " +
        "([64B, 512B, 1518B] or 64B,512B,1518B) and weights are drawn by ({ 64B: 7, 594B: 4 } or 64B:7,594B:4). imix: 64, 594 and " +
        "1518 bytes, 7:4:1, in turn. imix:aaaaaaaddddg: a genome of RFC 6985, where a to g are 64, 128, 256, 512, 1024, 1280 " +
        "and 1518 bytes. { pcap: file }: drawn as often as they come in that capture, relative to the suite; raised to what " +
        `the headers need. Default ${MIN_FRAME}B, or the least with all headers and a probe.`,
    ),
  ...headerFields,
  ...endpointFields,
  new_flows: flowRateSchema({ max: 1e9 })
    .optional()
    .describe(
      "Flows a second that end and are replaced by new ones, such as 200kfps. Default 0: the same flows all along.",
    ),
  both_directions: z
    .boolean()
    .optional()
    .describe("Also send what the servers answer, so that connections are seen whole. Default false: one direction."),
  groups: countSchema({ min: 2, max: MAX_GROUPS })
    .optional()
    .describe(
      "Groups of flows that are counted apart: loss_ratio, latency_p99 and others of each, as loss_ratio_group_1, and with group " +
        "as x, color or facet of a chart. Flows are cut into equal groups in their order: of zipf those that come most often " +
        "first. The generator's MAC address says which group a frame is of. Default: none.",
    ),
  skew: z.number().min(0).max(4).optional().describe(`Exponent of zipf. Default ${DEFAULT_SKEW}.`),
  rate: z
    .union([z.literal("max"), speedSchema, frameRateSchema({ min: 1 })])
    .default("max")
    .describe(RATE),
  pacing: pacingSchema
    .optional()
    .describe(
      "How the frames of a rate are spread over time. constant: evenly. poisson: with random times between them, " +
        "exponentially distributed, drawn from the seed. { burst: n }: n at once, at the same mean rate. recorded: with the gaps of the pcap, scaled to " +
        "the rate. Default constant, but recorded for a rate such as 1x.",
    ),
});

const searchableObject = trafficObject.extend({
  rate: z
    .union([z.literal("max"), z.literal("search"), speedSchema, frameRateSchema({ min: 1 })])
    .default("max")
    .describe(`${RATE} search: the trial searches for the highest rate that the DUT carries.`),
});

type RawTraffic<Rate> = Omit<z.output<typeof trafficObject>, "rate"> & { readonly rate: Rate };

export type Pacing = z.output<typeof pacingSchema>;

export type Traffic<Rate = TrafficRate> = { readonly rate: Rate; readonly pacing?: Pacing } & (
  | (Headers &
      Endpoints & {
        readonly profile: "uniform" | "zipf" | "campus";
        readonly flows: number;
        readonly frame_size?: FrameSize;
        readonly skew?: number;
        readonly new_flows?: number;
        readonly both_directions?: boolean;
        readonly groups?: number;
      })
  | { readonly pcap: string; readonly windows?: number }
);

export const trafficSchema = trafficObject.superRefine(refuseUseless).transform((raw) => complete(raw));

/** For experiments whose trials can search for a rate. */
export const searchableTrafficSchema = searchableObject.superRefine(refuseUseless).transform((raw) => complete(raw));

/** What a capture brings itself. */
const GENERATED = [
  "profile",
  "flows",
  "frame_size",
  "ipv6_share",
  "vlan",
  "tunnel",
  "vni",
  "skew",
  "clients",
  "servers",
  "client_ports",
  "server_ports",
  "new_flows",
  "both_directions",
  "groups",
] as const;

type Refuse<Rate> = (key: keyof RawTraffic<Rate>, message: string) => void;

/** A parameter that has no effect is a mistake: the suite's author believes that it has one. */
function refuseUseless(traffic: RawTraffic<unknown>, context: z.RefinementCtx): void {
  const refuse: Refuse<unknown> = (key, message) => {
    if (traffic[key] !== undefined) context.addIssue({ code: "custom", path: [key], message, input: traffic[key] });
  };
  if (traffic.rate === "max") refuse("pacing", "has no effect with rate: max; remove it or set a rate");
  if (traffic.pcap === undefined) refuseOfProfile(traffic, refuse);
  else refuseOfCapture(traffic, refuse);
}

function refuseOfCapture(traffic: RawTraffic<unknown>, refuse: Refuse<unknown>): void {
  if (isSpeed(traffic.rate) && !(speedOf(traffic.rate) > 0)) refuse("rate", "must be above 0x");
  for (const key of GENERATED) refuse(key, `has no effect with a pcap, which brings its own; remove ${key} or pcap`);
}

function refuseOfProfile(traffic: RawTraffic<unknown>, refuse: Refuse<unknown>): void {
  const { profile = "campus", flows = DEFAULT_FLOWS, frame_size, tunnel } = traffic;
  refuse("windows", "has no effect without a pcap; remove it");
  if (traffic.pacing === "recorded") refuse("pacing", "needs a pcap; use constant or poisson");
  if (isSpeed(traffic.rate)) refuse("rate", "is a multiple of a pcap's rate; without one, write a rate such as 5Mpps");
  if ((traffic.groups ?? 0) > flows) refuse("groups", `must be at most flows (${flows}), so that none is empty`);
  const fault = endpointFault(traffic, flows);
  if (fault !== undefined) refuse(fault.key, fault.message);
  if (profile === "campus")
    refuse("frame_size", "has no effect with profile campus, which has its own sizes; remove it");
  const least = shortestFrame(traffic);
  if (frame_size !== undefined && smallestFrame(frame_size) < least) {
    refuse("frame_size", `has a size that is too small for the headers of this traffic, which need ${least}B`);
  }
  if (tunnel === undefined || tunnel === "gre")
    refuse("vni", "has no effect but with tunnel: vxlan or geneve; remove it");
  if (profile !== "zipf") refuse("skew", `has no effect with profile ${profile}; remove it or use profile: zipf`);
}

export function speedOf(rate: Speed): number {
  return Number.parseFloat(rate);
}

export function isSpeed(rate: unknown): rate is Speed {
  return speedSchema.safeParse(rate).success;
}

function complete<Rate>(raw: RawTraffic<Rate>): Traffic<Rate> {
  const { profile = "campus", pcap, windows, flows = DEFAULT_FLOWS, frame_size, skew, rate, pacing } = raw;
  const load = { rate, ...withoutUndefined({ pacing }) };
  if (pcap !== undefined) return { ...load, pcap, ...withoutUndefined({ windows }) };
  const {
    new_flows,
    both_directions,
    groups,
    ipv6_share,
    vlan,
    tunnel,
    vni,
    clients,
    servers,
    client_ports,
    server_ports,
  } = raw;
  const headers = { ipv6_share, vlan, tunnel, vni, clients, servers, client_ports, server_ports };
  const given = withoutUndefined({ new_flows, both_directions, groups, ...headers });
  const plain = { ...load, profile, flows, ...given };
  if (profile === "campus") return plain;
  const sized = { ...plain, frame_size: frame_size ?? Math.max(MIN_FRAME, shortestFrame(raw) + PROBE_BYTES) };
  return profile === "zipf" ? { ...sized, skew: skew ?? DEFAULT_SKEW } : sized;
}
