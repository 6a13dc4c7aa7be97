/** Parameters of `hashtable`, as a suite writes them. */
import { z } from "zod";
import { countSchema, shareSchema } from "../../units.js";

export const DEFAULT_SKEW = 1;

const trafficSchema = z
  .strictObject({
    order: z
      .enum(["uniform", "zipf", "sequential"])
      .optional()
      .describe(
        "Which keys are asked for. uniform: random five-tuples in random order. zipf: the n-th flow in proportion to " +
          "1/n^skew. sequential: tuples that count up, in that order. Default uniform, unless there is a pcap.",
      ),
    skew: z.number().min(0).max(4).optional().describe(`Exponent of zipf. Default ${DEFAULT_SKEW}.`),
    pcap: z
      .string()
      .min(1)
      .optional()
      .describe(
        "Capture whose five-tuples are the keys, in its order; relative to the suite. For hit, miss and insert.",
      ),
  })
  .superRefine(({ order, skew, pcap }, context) => {
    const refuse = (path: string, message: string): void => context.addIssue({ code: "custom", path: [path], message });
    if (pcap !== undefined && order !== undefined)
      refuse("order", "has no effect with a pcap, which brings its own; remove one");
    if (skew !== undefined && order !== "zipf") refuse("skew", "has no effect without order: zipf; remove it");
  });

export const hashtableParameters = z.strictObject({
  table: z.string().min(1).describe("Table by name, ours or a peer; nicbench list tables says which there are."),
  key: z.enum(["ipv4", "ipv6"]).default("ipv4").describe("Five-tuples of 13 bytes in 16, or of 37 bytes in 40."),
  operation: z
    .enum(["hit", "miss", "insert", "erase", "mixed", "churn", "fill"])
    .default("hit")
    .describe(
      "hit, miss: lookups. insert: from load_from to load_factor. erase: the oldest flows. mixed: lookups, inserts and " +
        "erases at constant size. churn: erase the oldest and insert a new one. fill: until the first refusal.",
    ),
  lookup_share: shareSchema()
    .default(0.9)
    .describe("Share of lookups in mixed; the rest is half inserts, half erases. Default 90%."),
  burst: countSchema({ min: 1, max: 64 })
    .default(32)
    .describe("Keys handed over at once; 1: single calls. Default 32."),
  pipelined: z
    .boolean()
    .default(false)
    .describe(
      "Start the lookups of the next burst before finishing those of this one, where the table can (see list tables).",
    ),
  slots: countSchema({ min: 8, max: 2 ** 31 })
    .default(2 ** 20)
    .describe("Slots of the table, such as 64Ki or 4Mi; rounded up by it to whole buckets. Default 1Mi."),
  load_factor: shareSchema()
    .default(0.8)
    .describe("Live flows over slots. Tables refuse inserts beyond a load of their own. Default 80%."),
  load_from: shareSchema()
    .default(0)
    .describe("insert: the load factor to start from, to see the cost near a full table."),
  huge_pages: z
    .boolean()
    .default(true)
    .describe("2 MiB pages, where the host has them; peers use their own allocator."),
  threads: countSchema({ min: 1, max: 256 }).default(1).describe("Threads, each with a table of its own."),
  latency_samples: countSchema({ max: 2 ** 24 })
    .default(0)
    .describe("insert, churn: so many inserts are clocked one by one in addition, for percentiles. Default 0: none."),
  traffic: trafficSchema.prefault({}).describe("Which keys are asked for."),
});

export type HashtableParameters = z.output<typeof hashtableParameters>;
