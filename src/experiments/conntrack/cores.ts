/** How many cores track connections, and how frames and tables are divided between them. */
import { z } from "zod";
import { countSchema } from "../../units.js";
import { oversubscribeField } from "../cores.js";

export const coresFields = {
  cores: countSchema({ min: 1, max: 64 })
    .default(1)
    .describe(
      "Cores that track connections; sharing says whether each has a table of its own. Symmetric RSS spreads flows over " +
        "them. A point that asks for more than the host has is skipped.",
    ),
  sharing: z
    .enum(["sharded", "mutex", "spinlock", "rwlock", "bucket-lock", "lock-free"])
    .default("sharded")
    .describe(
      "How the cores use tables. sharded: a table each, any table. Else one table for all. mutex, spinlock, rwlock: a " +
        "lock around it. bucket-lock: a lock for each stripe of buckets, which readers take, too. lock-free: readers take " +
        "no lock. A flow is touched, and expired, by the core that RSS brings it to. Points with a table that cannot be " +
        "shared in that way are skipped, with the tables that can.",
    ),
  rss: z
    .enum(["symmetric", "default"])
    .default("symmetric")
    .describe(
      "Toeplitz key that spreads frames over cores. symmetric: both directions of a connection go to one core. default: " +
        "the key that most drivers use, which sends them to different cores; for traffic in one direction.",
    ),
  reta: countSchema({ min: 1, max: 4096 })
    .default(512)
    .refine((entries) => Number.isInteger(Math.log2(entries)), "must be a power of two")
    .describe("Entries of the indirection table behind it, a power of two. NICs have 64 to 2048."),
  ...oversubscribeField,
};

type Cores = z.output<z.ZodObject<typeof coresFields>>;

/** Frames that would reach a core which must not touch their flow or does not know it, or never reach a core. */
export function refuseSpreading(
  { rss, reta, cores, sharing }: Cores,
  traffic: { readonly both: boolean; readonly captured: boolean; readonly translated: boolean },
  refuse: (key: keyof Cores, message: string) => void,
): void {
  if (sharing !== "sharded" && cores > 1 && traffic.translated) {
    refuse("sharing", "a translated reply reaches another core than its flow; use sharing: sharded, or one core");
  }
  // A capture may hold both directions; with tables of their own, cores then count two flows.
  const both = traffic.both || (sharing !== "sharded" && traffic.captured);
  if (rss === "default" && both && cores > 1) {
    refuse("rss", "default sends the directions of a connection to different cores; use symmetric");
  }
  if (reta < cores) refuse("reta", `has fewer entries than there are cores (${cores}); raise it`);
}
