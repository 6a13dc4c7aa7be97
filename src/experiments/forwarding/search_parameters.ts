/** Parameters of `traffic.rate: search`. Parsing what was parsed gives the same again. */
import { z } from "zod";
import { countSchema, durationSchema, frameRateSchema, shareSchema } from "../../units.js";

const searchObject = z.strictObject({
  method: z
    .enum(["mlrsearch", "rfc2544", "tst009"])
    .default("mlrsearch")
    .describe(
      "rfc2544: binary search, each trial of full length. tst009: the same, and a trial with loss is repeated before it " +
        "counts. mlrsearch: short trials first, long ones near the result (RFC 9971). Default mlrsearch.",
    ),
  loss_ratio: shareSchema({ max: 0.99 })
    .default(0)
    .describe(
      "Largest loss that counts as none. Default 0, which finds the throughput; else the result is a conditional one.",
    ),
  width: shareSchema({ min: 0.0001, max: 0.5 })
    .default(0.01)
    .describe("How close the rates with and without loss must be, as a share of the upper one. Default 1%."),
  min_rate: frameRateSchema({ min: 1 })
    .default(10_000)
    .describe("Lowest rate that is tried, such as 10kpps; high enough for a frame even in the shortest trial."),
  max_rate: frameRateSchema({ min: 1 })
    .optional()
    .describe(
      "Highest rate that is tried: that of the link. Default: a quarter more than what the wire takes at rate max, which " +
        "costs a trial more.",
    ),
  attempts: countSchema({ min: 2, max: 100 })
    .optional()
    .describe("With tst009: trials with loss before a rate counts as too high. Default 2."),
  initial_duration: durationSchema({ min: 0.001, max: 3600 })
    .optional()
    .describe("With mlrsearch: the trials that it begins with. Default: a tenth of trial.duration."),
  duration_sum: durationSchema({ min: 0.001, max: 86_400 })
    .optional()
    .describe("With mlrsearch: time at a rate that settles what it is. Default: trial.duration."),
  exceed_ratio: shareSchema({ max: 0.99 })
    .optional()
    .describe("With mlrsearch: share of that time in which more may be lost. Default 0."),
  measure_at: shareSchema({ min: 0.001 })
    .default(1)
    .describe(
      "Where latency and all other metrics are measured, as a share of the rate that was found. Default 100%: at that rate.",
    ),
  max_trials: countSchema({ min: 2, max: 100_000 })
    .default(200)
    .describe("Trials after which the search says what it knows. Default 200."),
  max_time: durationSchema({ min: 0.01, max: 86_400 })
    .default(1800)
    .describe("Time after which the search says what it knows. Default 30min."),
});

const OF_METHOD = {
  attempts: "tst009",
  initial_duration: "mlrsearch",
  duration_sum: "mlrsearch",
  exceed_ratio: "mlrsearch",
} as const;

export const searchSchema = searchObject.superRefine((search, context) => {
  const refuse = (key: keyof typeof search, message: string): void => {
    context.addIssue({ code: "custom", path: [key], message, input: search[key] });
  };
  for (const key of ["attempts", "initial_duration", "duration_sum", "exceed_ratio"] as const) {
    if (search[key] === undefined || search.method === OF_METHOD[key]) continue;
    refuse(key, `has no effect with method: ${search.method}; remove it or use method: ${OF_METHOD[key]}`);
  }
  if (search.max_rate !== undefined && search.max_rate <= search.min_rate) refuse("max_rate", "must be above min_rate");
});

export type SearchParameters = z.output<typeof searchSchema>;
