/** Parameters of `forwarding`, as a suite writes them. Parsing what was parsed gives the same again. */
import { z } from "zod";
import { countSchema, durationSchema } from "../../units.js";
import { largestFrame } from "../traffic/frame_sizes.js";
import { searchableTrafficSchema, type Traffic } from "../traffic/parameters.js";
import { oversubscribeField } from "../cores.js";
import { slowdownField } from "../slowdown.js";
import { refuseUselessSearch, searchSchema } from "../search/parameters.js";

/** With FCS: what fits every wire of the kernel, `kMaxVethFrame` of the data path. */
const MAX_KERNEL_FRAME = 1796;

const wire = z.string().min(1);

/** Of any trial that carries frames from a generator to a DUT and back. */
export const carriageFields = {
  burst: countSchema({ min: 1, max: 32 })
    .default(32)
    .describe("Frames that the DUT receives and sends at once; 1 is without batching. Default 32."),
  ring: countSchema({ min: 64, max: 2 ** 16 })
    .default(1024)
    .describe("Frames that each end of the wire holds. Default 1024."),
  probe_every: countSchema({ min: 1, max: 2 ** 30 })
    .default(64)
    .describe("Every n-th frame carries a timestamp. Fewer give coarser tails; more cost the generator time."),
  series_interval: durationSchema({ max: 3600 })
    .default(0)
    .describe("Interval of the time series, such as 100ms. Default 0: none."),
  ...slowdownField,
};

export type Carriage = z.output<z.ZodObject<typeof carriageFields>>;

const DEFAULT_WINDOW = 256;

export const windowSchema = countSchema({ min: 32, max: 2 ** 16 });

/** @param otherwise the default */
export function describeWindow(otherwise: number): string {
  return (
    "Frames on their way at rate max, on wires of the kernel: these drop instead of pushing back, so that the window " +
    `stands for flow control. Latency at full load grows with it. Default ${otherwise}.`
  );
}

/** Frames on their way at most: no more than the wire holds. */
export function windowOf({ window, ring }: { readonly window: number; readonly ring: number }): number {
  return Math.min(window, ring);
}

/** What no wire of the kernel carries. */
export function refuseOnKernelWires(
  point: { readonly window?: number | undefined; readonly ring: number; readonly traffic: Traffic<unknown> },
  name: string,
  context: z.RefinementCtx,
): void {
  const { window = 0, ring, traffic } = point;
  const refuse = (path: string[], message: string, input: unknown): void => {
    context.addIssue({ code: "custom", path, message, input });
  };
  if (window > ring) refuse(["window"], `must be at most ring (${ring}), so that none overflows`, window);
  if ("vlan" in traffic && traffic.vlan !== undefined) {
    refuse(["traffic", "vlan"], "needs wire: ring; sockets of the kernel hand out tags apart from frames", name);
  }
  const size = "frame_size" in traffic ? largestFrame(traffic.frame_size ?? 0) : 0;
  if (size > MAX_KERNEL_FRAME) {
    refuse(["traffic", "frame_size"], `is too large for wires of the kernel, which carry ${MAX_KERNEL_FRAME}B`, size);
  }
}

const forwardingObject = z.strictObject({
  wire: wire
    .optional()
    .describe(
      "What joins generator and DUT, where the testbed has no ports for them; nicbench list wires says which there are. " +
        "ring: memory, without privilege. Others are ends of a veth pair in a network namespace that is made for the " +
        "trial, as root; memif is memory that both share, and dpdk-memif the same by DPDK's driver, without privilege. Default: the testbed's ports, or else ring.",
    ),
  tester_wire: wire
    .optional()
    .describe(
      "The wire at the generator's end, where it is to be the same at all points. Default: as wire. No effect on ring, memif and dpdk-memif.",
    ),
  cores: countSchema({ min: 1, max: 64 })
    .optional()
    .describe(
      "Cores of the DUT that forward, each with a queue of its own; frames are spread over them by symmetric RSS. For " +
        "wires with queues: all but libpcap, dpdk-af_packet and dpdk-af_xdp. Default: as many as the testbed's ports have queues, or else 1.",
    ),
  ...oversubscribeField,
  ...carriageFields,
  window: windowSchema.default(DEFAULT_WINDOW).describe(describeWindow(DEFAULT_WINDOW)),
  timestamps: z
    .enum(["software", "hardware"])
    .optional()
    .describe(
      "Whose time a probe's latency ends with. Default: that of the generator's thread, when it has the frame in hand. software: of the kernel, when " +
        "the driver handed it the frame, on wires whose kernel says so (nicbench list wires), without what the frame waited for " +
        "the thread. hardware, a NIC's, is not there yet.",
    ),
  search: searchSchema.optional().describe("How traffic.rate: search finds its rate. Default: MLRsearch without loss."),
  traffic: searchableTrafficSchema
    .prefault({ profile: "uniform", flows: 1024 })
    .describe("What the generator sends. Default: 64-byte frames of 1024 flows, as fast as they are forwarded."),
  mishap: z
    .enum(["link-down", "interface-gone"])
    .optional()
    .describe("For tests of nicbench itself: what happens to the interface in mid-run."),
});

export const forwardingParameters = forwardingObject.superRefine(refuseUselessSearch).superRefine((point, context) => {
  const refuse = (path: string[], message: string, input: unknown): void => {
    context.addIssue({ code: "custom", path, message, input });
  };
  const { wire: name = "ring", tester_wire, mishap, timestamps } = point;
  if (timestamps === "hardware") {
    refuse(["timestamps"], "needs a NIC's clock, which nicbench does not read yet; use software", timestamps);
  }
  if (name === "ring") {
    if (tester_wire !== undefined) refuse(["tester_wire"], "has no effect on wire: ring; remove it", tester_wire);
    if (mishap !== undefined) refuse(["mishap"], "needs an interface, and wire: ring has none", mishap);
    return;
  }
  if (tester_wire === "ring") refuse(["tester_wire"], "must be a wire of the kernel, as the DUT's is", tester_wire);
  refuseOnKernelWires(point, name, context);
});

export type ForwardingParameters = z.output<typeof forwardingParameters>;
