/** Parameters of `gateway`, as a suite writes them. */
import { z } from "zod";
import { bytesSchema, countSchema, frameRateSchema } from "../../units.js";
import { refuseUselessSearch, searchSchema } from "../search/parameters.js";

/** RFC 2544, section 9.1, and the largest frame that fits a buffer of the data path; both with FCS. */
const MIN_FRAME = 64;
const MAX_FRAME = 2052;

const MOST_CONNECTIONS = 2 ** 31 - 1;

const gatewayObject = z.strictObject({
  table: z.string().min(1).describe("Flow table by name; nicbench list tables says which there are."),
  test: z
    .enum(["establishment", "tear-down", "capacity", "established"])
    .default("establishment")
    .describe(
      "establishment: how fast connections are opened in an empty table. tear-down: how fast all of them are deleted. " +
        "capacity: how many fit before the first is refused. established: frames of known connections only, both directions.",
    ),
  wire: z
    .enum(["none", "ring"])
    .optional()
    .describe(
      "none: the tracker alone, on frames made in its own memory and not counted, as fast as it can. ring: a tester on " +
        "another core sends at traffic.rate. Default: ring for established, else none.",
    ),
  use: z
    .enum(["track", "nat"])
    .default("nat")
    .describe("track: keep the state of connections. nat: also source NAT, whose replies need a second entry."),
  capacity: countSchema({ min: 1, max: MOST_CONNECTIONS })
    .optional()
    .describe("Connections that the table is made for. Default: traffic.connections."),
  nat_addresses: countSchema({ min: 1, max: 4096 })
    .optional()
    .describe("External addresses of nat, with 64512 ports each. Default: twice the ports that are needed."),
  expiry: z
    .enum(["none", "scan", "timer-wheel", "lazy"])
    .default("none")
    .describe("How idle flows would leave the table. Timeouts are a day, so that none leaves; what is armed costs."),
  probe_every: countSchema({ min: 1, max: 2 ** 30 })
    .default(64)
    .describe("With a wire: every n-th frame carries a timestamp."),
  ring: countSchema({ min: 64, max: 2 ** 20 })
    .default(1024)
    .describe("Slots of the ring that stands for the wire, each way."),
  search: searchSchema.optional().describe("How traffic.rate: search finds its rate. Default: MLRsearch without loss."),
  traffic: z
    .strictObject({
      connections: countSchema({ min: 1, max: MOST_CONNECTIONS })
        .default(1_000_000)
        .describe("Connections that phase 1 opens, one frame each, pairwise different and pseudorandom."),
      frame_size: bytesSchema({ min: MIN_FRAME, max: MAX_FRAME })
        .default(MIN_FRAME)
        .describe("Bytes of a frame with FCS."),
      rate: z
        .union([z.literal("max"), z.literal("search"), frameRateSchema({ min: 1 })])
        .default("max")
        .describe(
          "With a wire: frames/s that are sent in time, whatever the DUT does; or, established only, max: as fast as the " +
            "wire takes frames, or search: the trial searches for the highest rate that the gateway forwards.",
        ),
    })
    .prefault({})
    .describe("What the tester sends."),
});

export const gatewayParameters = gatewayObject.superRefine(refuseUselessSearch).superRefine((point, context) => {
  const refuse = (path: readonly string[], message: string, input: unknown): void =>
    context.addIssue({ code: "custom", path: [...path], message, input });
  const { test, wire, traffic } = point;
  const alone = test === "tear-down" || test === "capacity";
  if (wire === "ring" && alone) refuse(["wire"], `none is the only one for test: ${test}; remove it`, wire);
  if (wire === "none" && test === "established") {
    refuse(["wire"], "established measures what is forwarded over a wire; remove it, or use ring", wire);
  }
  if (!isOverWire(point) && traffic.rate !== "max") {
    refuse(["traffic", "rate"], "has no effect without a wire; remove it, or set wire: ring", traffic.rate);
  }
  if (isOverWire(point) && test === "establishment" && typeof traffic.rate !== "number") {
    refuse(
      ["traffic", "rate"],
      "must be a rate: connections are opened at one over a wire, such as 2Mpps",
      traffic.rate,
    );
  }
  if (point.use !== "nat" && point.nat_addresses !== undefined) {
    refuse(["nat_addresses"], "has no effect without use: nat; remove it", point.nat_addresses);
  }
});

export type GatewayParameters = z.output<typeof gatewayObject>;

export function isOverWire({ test, wire }: Pick<GatewayParameters, "test" | "wire">): boolean {
  return (wire ?? (test === "established" ? "ring" : "none")) === "ring";
}
