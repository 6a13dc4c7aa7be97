/** Parameters of `conntrack`, as a suite writes them. Parsing what was parsed gives the same again. */
import { z } from "zod";
import { countSchema, durationSchema } from "../../units.js";
import { slowdownField } from "../slowdown.js";
import { refuseUselessSearch, searchSchema } from "../search/parameters.js";
import { refuseTunnel } from "../traffic/headers.js";
import { isWithin, prefixesOf } from "../traffic/prefixes.js";
import { searchableTrafficSchema } from "../traffic/parameters.js";
import { coresFields, refuseSpreading } from "./cores.js";

/** States that have timeouts of their own, as in `native/dataplane/timeouts.h`, which has their defaults. */
const TIMEOUTS = [
  "syn-sent",
  "syn-received",
  "established",
  "unanswered",
  "fin-wait",
  "close-wait",
  "last-ack",
  "time-wait",
  "close",
  "udp-new",
  "udp-assured",
  "icmp",
  "generic",
] as const;

const timeoutSchema = durationSchema({ min: 1e-6, max: 1e9 });

const conntrackObject = z.strictObject({
  table: z.string().min(1).describe("Flow table by name; nicbench list tables says which there are."),
  use: z
    .enum(["forward", "track", "load-balance", "nat"])
    .default("load-balance")
    .describe(
      "What the DUT does with a frame. forward: exchange the MAC addresses, the baseline. track: also keep the state of " +
        "its flow. load-balance: also send it to the flow's server. nat: source NAT with a pool of ports.",
    ),
  replies: z
    .enum(["here", "elsewhere", "rewritten"])
    .optional()
    .describe(
      "Which way servers answer. here: through the DUT, with the addresses of the request reversed. elsewhere: not " +
        "through the DUT. rewritten: through a load balancer, from the server's own address. Default here with " +
        "traffic.both_directions, else elsewhere.",
    ),
  capacity: countSchema({ min: 1, max: 2 ** 40 })
    .optional()
    .describe(
      "Flow entries that the table is made for. Default: the next power of two that leaves a load factor of 80 % or " +
        "less with all flows live; for a capture, with all its flows; with new_flows, also with those that wait for their timeout.",
    ),
  backends: countSchema({ min: 1, max: 65536 })
    .default(16)
    .describe("Servers that the load balancer spreads new connections over."),
  balancing: z
    .enum(["hash", "round-robin", "least-loaded"])
    .default("hash")
    .describe("How the load balancer picks the server of a new connection."),
  nat_addresses: countSchema({ min: 1, max: 4096 })
    .default(32)
    .describe("External addresses of nat; each has 64512 ports for TCP, for UDP and for ICMP."),
  loose: z
    .boolean()
    .default(true)
    .describe("TCP connections may be picked up in mid-stream, as nf_conntrack_tcp_loose."),
  check_windows: z
    .boolean()
    .default(false)
    .describe("TCP segments outside the window are invalid. Needs both directions."),
  drop_invalid: z.boolean().default(false).describe("Drop invalid frames; else they pass and are counted."),
  expiry: z
    .enum(["none", "scan", "timer-wheel", "lazy"])
    .default("none")
    .describe(
      "How idle flows leave the table. scan: the table is looked through. timer-wheel: timers, re-armed when they fire. " +
        "lazy: when an insert needs room. A flow past its timeout is never found, whichever it is.",
    ),
  expiry_interval: durationSchema({ min: 1e-6, max: 3600 })
    .optional()
    .describe("The scan's period, or the wheel's tick. Default 1ms."),
  scan: z
    .enum(["incremental", "full"])
    .default("incremental")
    .describe("incremental: a part of the table after each burst. full: all at once, every interval."),
  timeout: timeoutSchema
    .optional()
    .describe("Timeout of all flows, as papers have it. Default: by state, as in Linux."),
  timeouts: z
    .partialRecord(z.enum(TIMEOUTS), timeoutSchema)
    .optional()
    .describe("Timeouts of single states, such as { syn-sent: 5s }."),
  probe_every: countSchema({ min: 1, max: 2 ** 30 })
    .default(64)
    .describe("Every n-th frame carries a timestamp. Fewer give coarser tails; more cost the generator time."),
  ring: countSchema({ min: 64, max: 2 ** 20 })
    .default(1024)
    .describe("Slots of the ring that stands for the wire, each way. At full load, latency grows with it."),
  series_interval: durationSchema({ max: 3600 })
    .default(0)
    .describe("Interval of the time series, such as 100ms. Default 0: none."),
  ...slowdownField,
  ...coresFields,
  search: searchSchema.optional().describe("How traffic.rate: search finds its rate. Default: MLRsearch without loss."),
  traffic: searchableTrafficSchema.prefault({}).describe("What the generator sends."),
  fault: z
    .enum(["crash", "hang", "stall"])
    .optional()
    .describe("For tests of nicbench itself: the agent crashes, hangs, or stalls its DUT for a while."),
});

export const conntrackParameters = conntrackObject
  .superRefine(refuseUselessSearch)
  .superRefine(refuseTunnel)
  .superRefine(refuseContradictions);

export type ConntrackParameters = z.output<typeof conntrackParameters>;

type RawTracking = z.output<typeof conntrackObject>;

function refuseContradictions(raw: RawTracking, context: z.RefinementCtx): void {
  const refuse = (key: keyof RawTracking, message: string): void => {
    context.addIssue({ code: "custom", path: [key], message, input: raw[key] });
  };
  const { use, replies, expiry, traffic } = raw;
  const both = "both_directions" in traffic && traffic.both_directions;
  const rewritten = replies === "rewritten";
  if (rewritten && use !== "load-balance") {
    refuse("replies", "rewritten is for use: load-balance; nat rewrites its replies in any case");
  }
  if ((use === "nat" || rewritten) && both) {
    refuse("traffic", "both_directions cannot be answered through a translation; remove it, or replay a capture");
  }
  if (raw.check_windows && (replies ?? (both ? "here" : "elsewhere")) === "elsewhere") {
    refuse("check_windows", "needs both directions of a connection; set replies: here");
  }
  refuseUnserved(raw, context);
  refuseSpreading(raw, { both, captured: "pcap" in traffic, translated: use === "nat" || rewritten }, refuse);
  const useless = (key: "timeout" | "timeouts" | "expiry_interval", why: string): void => {
    if (raw[key] !== undefined) refuse(key, `has no effect ${why}; remove it`);
  };
  if (expiry === "none") {
    useless("timeout", "with expiry: none");
    useless("timeouts", "with expiry: none");
  }
  if (expiry === "none" || expiry === "lazy") useless("expiry_interval", `with expiry: ${expiry}`);
}

/** Of IPv4, whom the load balancer serves and who its clients are: `serve_generated` and `DutCheck` of the data path. */
const SERVED = { servers: "192.168.0.0/16", clients: "10.0.0.0/8" } as const;

function refuseUnserved({ use, traffic }: RawTracking, context: z.RefinementCtx): void {
  if (use !== "load-balance" || "pcap" in traffic) return;
  for (const key of ["clients", "servers"] as const) {
    const [served] = prefixesOf(SERVED[key]);
    const others = prefixesOf(traffic[key] ?? "").filter(({ version }) => version === 4);
    if (served === undefined || others.every((prefix) => isWithin(prefix, served))) continue;
    const message = `must be within ${SERVED[key]} with use: load-balance, which has no others; or use: track`;
    context.addIssue({ code: "custom", path: ["traffic", key], message, input: traffic[key] });
  }
}
