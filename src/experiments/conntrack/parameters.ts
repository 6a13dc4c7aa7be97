/** Parameters of `conntrack`, as a suite writes them. Parsing what was parsed gives the same again. */
import { z } from "zod";
import { bytesSchema, countSchema, durationSchema, frameRateSchema } from "../../units.js";

/** RFC 2544, section 9.1, and the largest frame that fits a buffer of the data path; both with FCS. */
const MIN_FRAME = 64;
const MAX_FRAME = 2052;

const DEFAULT_FLOWS = 65536;
const DEFAULT_FRAME_SIZE = MIN_FRAME;
const DEFAULT_SKEW = 1;

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
  flows: countSchema({ min: 1, max: 2 ** 40 })
    .optional()
    .describe(`Flows that are live at once, such as 64Ki or 1M. Default ${DEFAULT_FLOWS}. A capture has its own.`),
  frame_size: bytesSchema({ min: MIN_FRAME, max: MAX_FRAME })
    .optional()
    .describe(
      `Bytes of a frame with FCS, for uniform and zipf. Default ${DEFAULT_FRAME_SIZE}B. campus has its own sizes.`,
    ),
  skew: z.number().min(0).max(4).optional().describe(`Exponent of zipf. Default ${DEFAULT_SKEW}.`),
  rate: z
    .union([z.literal("max"), frameRateSchema({ min: 1 })])
    .default("max")
    .describe(
      "Intended load in frames/s, such as 5Mpps, sent in time whatever the DUT does; or max: as fast as the wire takes " +
        "frames, where latency is that of full queues.",
    ),
});

type RawTraffic = z.output<typeof trafficObject>;

export type Traffic = { readonly rate: number | "max" } & (
  | {
      readonly profile: "uniform" | "zipf" | "campus";
      readonly flows: number;
      readonly frame_size?: number;
      readonly skew?: number;
    }
  | { readonly pcap: string }
);

export const trafficSchema = trafficObject.superRefine(refuseUseless).transform(complete);

export const conntrackParameters = z.strictObject({
  table: z.string().min(1).describe("Flow table by name; nicbench list tables says which there are."),
  capacity: countSchema({ max: 2 ** 40 })
    .default(0)
    .describe(
      "Flow entries that the table is made for. Default 0: the next power of two that leaves a load factor of 80 % or " +
        "less with all flows live; for a capture, with all its flows.",
    ),
  backends: countSchema({ min: 1, max: 65536 })
    .default(16)
    .describe("Servers that the load balancer spreads new connections over."),
  probe_every: countSchema({ min: 1, max: 2 ** 30 })
    .default(64)
    .describe("Every n-th frame carries a timestamp. Fewer give coarser tails; more cost the generator time."),
  ring: countSchema({ min: 64, max: 2 ** 20 })
    .default(1024)
    .describe("Slots of the ring that stands for the wire, each way. At full load, latency grows with it."),
  series_interval: durationSchema({ max: 3600 })
    .default(0)
    .describe("Interval of the time series, such as 100ms. Default 0: none."),
  cores: z.literal(1).default(1).describe("Cores that track connections."),
  expiry: z.literal("none").default("none").describe("How idle flows leave the table."),
  traffic: trafficSchema.prefault({}).describe("What the generator sends."),
  fault: z
    .enum(["crash", "hang", "stall"])
    .optional()
    .describe("For tests of nicbench itself: the agent crashes, hangs, or stalls its DUT for a while."),
});

export type ConntrackParameters = z.output<typeof conntrackParameters>;

/** A parameter that has no effect is a mistake: the suite's author believes that it has one. */
function refuseUseless(traffic: RawTraffic, context: z.RefinementCtx): void {
  const refuse = (key: keyof RawTraffic, message: string): void => {
    if (traffic[key] !== undefined) context.addIssue({ code: "custom", path: [key], message, input: traffic[key] });
  };
  if (traffic.pcap !== undefined) {
    for (const key of ["profile", "flows", "frame_size", "skew"] as const) {
      refuse(key, `has no effect with a pcap, which brings its own; remove ${key} or pcap`);
    }
    return;
  }
  const profile = traffic.profile ?? "campus";
  if (profile === "campus")
    refuse("frame_size", "has no effect with profile campus, which has its own sizes; remove it");
  if (profile !== "zipf") refuse("skew", `has no effect with profile ${profile}; remove it or use profile: zipf`);
}

function complete({ profile = "campus", pcap, flows = DEFAULT_FLOWS, frame_size, skew, rate }: RawTraffic): Traffic {
  if (pcap !== undefined) return { rate, pcap };
  if (profile === "campus") return { rate, profile, flows };
  const sized = { rate, profile, flows, frame_size: frame_size ?? DEFAULT_FRAME_SIZE };
  return profile === "zipf" ? { ...sized, skew: skew ?? DEFAULT_SKEW } : sized;
}
