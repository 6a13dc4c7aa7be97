/** What trials measure: the parts that the results of several methods have in common. */
import { z } from "zod";
import { environmentSchema, frameCountsSchema, latencySchema, seriesSchema } from "../results/schemas.js";
import { amount, count } from "./schemas.js";

export const pacingErrors = z.exactOptional(
  z.object({ offered: amount, send: latencySchema, departure: latencySchema }),
);

const groupSchema = z.object({
  sent: count,
  received: count,
  probesReceived: count,
  probesReordered: count,
  latency: latencySchema,
});

/** What the generator of a trial counts. */
export const generated = {
  seconds: z.number().positive(),
  sendingSeconds: z.exactOptional(z.number().positive()),
  pacingErrors,
  timestamps: z.exactOptional(z.object({ clock: z.literal("software"), errorNs: amount, untimedProbes: count })),
  frames: frameCountsSchema,
  sentBytes: count,
  receivedBytes: count,
  intendedRate: z.union([z.number().positive(), z.literal("max")]),
  generatorLimited: z.boolean(),
  probesSent: count,
  probesReceived: count,
  probesReordered: z.exactOptional(count),
  probesDuplicated: z.exactOptional(count),
  badFrames: count,
  latency: latencySchema,
  groups: z.exactOptional(z.array(groupSchema)),
  series: z.exactOptional(seriesSchema),
  generatorCpuShare: z.exactOptional(amount),
  environment: environmentSchema,
  trafficDigest: z.string(),
};

/** What trials of `conntrack`, `forwarding` and `rules.*` have in common. */
export const carried = {
  ...generated,
  dutBusyCycles: amount,
  dutTotalCycles: amount,
  dutFrames: count,
  dutCpuShare: z.exactOptional(amount),
};
