/** Parameters of `traffic.rate: search`. Parsing what was parsed gives the same again. */
import { z } from "zod";
import { countSchema, durationSchema, frameRateSchema, shareSchema } from "../../units.js";

const backToBackSchema = z.strictObject({
  rate: frameRateSchema({ min: 1 })
    .optional()
    .describe(
      "At which the frames of a burst come: that of the link, such as 14.88Mpps for 64B at 10 Gbit/s. Default: the most " +
        "that the generator offers without waiting for the DUT, which costs a trial more.",
    ),
  attempts: countSchema({ min: 1, max: 100 })
    .default(2)
    .describe("Bursts with loss before a length counts as too long. Default 2."),
  width: shareSchema({ min: 0.0001, max: 0.5 })
    .default(0.01)
    .describe(
      "How close the lengths with and without loss must be, as a share of the longer one. The shortest burst has 1/width " +
        "frames. Default 1%.",
    ),
});

export type BackToBackParameters = z.output<typeof backToBackSchema>;

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
  back_to_back: backToBackSchema
    .optional()
    .describe(
      "Search for the longest burst without loss as well (RFC 2544, section 26.4; RFC 9004); {} for the defaults. " +
        "Bursts last as long as trial.duration at most.",
    ),
  measure_at: shareSchema({ min: 0.001 })
    .default(1)
    .describe(
      "Where latency and all other metrics are measured, as a share of the rate that was found. Default 100%: at that rate.",
    ),
  measure_for: durationSchema({ min: 0.001, max: 604_800 })
    .optional()
    .describe("How long they are measured there, such as 1h for a soak test. Default: trial.duration."),
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

/** A search that no traffic asks for. */
export function refuseUselessSearch(
  { search, traffic }: { readonly search?: unknown; readonly traffic: { readonly rate: unknown } },
  context: z.RefinementCtx,
): void {
  if (search === undefined || traffic.rate === "search") return;
  context.addIssue({
    code: "custom",
    path: ["search"],
    message: "has no effect unless traffic.rate: search",
    input: search,
  });
}

export type SearchParameters = z.output<typeof searchSchema>;
