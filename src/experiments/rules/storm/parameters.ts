/** Parameters of `rules.storm`, as a suite writes them. Parsing what was parsed gives the same again. */
import { z } from "zod";
import { countSchema, durationSchema, ruleRateSchema } from "../../../units.js";
import { carriageFields } from "../../forwarding/parameters.js";
import { searchSchema } from "../../search/parameters.js";
import { searchableTrafficSchema } from "../../traffic/parameters.js";
import { DEFAULT_TRAFFIC, matchedFields, refuseContradictions, unmatchable } from "../forwarding_parameters.js";
import { sourceOf } from "../listed.js";
import { operationSchema } from "../operation.js";

const stormSchema = z.strictObject({
  operation: operationSchema,
  size: countSchema({ min: 1, max: 16_000_000 })
    .optional()
    .describe("A batch: so many changes at once, such as 10k. Either this or rate."),
  at: durationSchema({ max: 3600 })
    .optional()
    .describe("When the batch comes, such as 2s into the measured phase. Default: after a quarter of it."),
  effect: z
    .literal(true)
    .optional()
    .describe(
      "Measure when the change tells on frames, beside how long the call took: effect_latency. Frames are of one flow, come at a " +
        "rate, and match the one rule that changes (size: 1) alone. They come back until the change tells, and are dropped from then on: " +
        "by the rule that was inserted, by the last one once the rule was deleted, or by the rule once it was updated or replaced. " +
        "actions and probe_every have no effect: each frame is a probe, so that the last one that came back tells.",
    ),
  rate: z
    .union([z.literal("search"), ruleRateSchema({ min: 1, max: 1e9 })])
    .optional()
    .describe(
      "So many changes a second all along, such as 10k, in ticks of min(1000, rate) a second. What was really done is the " +
        "metric update_rate. search: the highest rate without loss of frames. Either this or size.",
    ),
  core: z
    .enum(["same", "other"])
    .default("same")
    .describe(
      "Who changes the rules. same: the core that forwards, between two bursts. other: a thread on a core of its own; where " +
        "there is no third one, it takes turns with generator and DUT, and the trial says so. Default same.",
    ),
});

const stormObject = z.strictObject({
  ...matchedFields,
  ...carriageFields,
  series_interval: durationSchema({ min: 1e-4, max: 3600 })
    .default(0.01)
    .describe("Interval of the time series, which the dip is seen in: it is no finer. Default 10ms."),
  storm: stormSchema.describe("Which rules change while frames flow, when, and who changes them."),
  search: searchSchema
    .optional()
    .describe(
      "How storm.rate: search finds its rate. With traffic.rate: search as well, the throughput without changes is found " +
        "first, and measure_at is the share of it at which frames come while rules change.",
    ),
  traffic: searchableTrafficSchema
    .prefault(DEFAULT_TRAFFIC)
    .describe("What the generator sends. Default: 64-byte frames of 10,000 flows, as fast as they are forwarded."),
});

export const stormParameters = stormObject
  .superRefine(refuseContradictions)
  .superRefine(refuseStorm)
  .superRefine(refuseEffect)
  .superRefine(refuseSearch);

export type StormParameters = z.output<typeof stormObject>;

function refuseStorm({ rules, storm }: StormParameters, context: z.RefinementCtx): void {
  const refuse = (key: keyof typeof storm, message: string): void => {
    context.addIssue({ code: "custom", path: ["storm", key], message, input: storm[key] });
  };
  const { operation, size, at, rate } = storm;
  if (size === undefined && rate === undefined) refuse("size", "missing; write size: 10k for a batch, or rate: 10k");
  if (size !== undefined && rate !== undefined) refuse("rate", "does not go with size; remove one of them");
  if (size === undefined && at !== undefined) refuse("at", "has no effect without size; remove it");
  if (operation === "insert") return;
  if (rules === 0) refuse("operation", `${operation} needs rules that are there; set rules`);
  else if (operation === "delete" && typeof rules === "number" && (size ?? 0) > rules)
    refuse("size", `deletes more than the ${rules} rules there are`);
}

/** One rule, one flow, at times that are known. */
function refuseEffect(point: StormParameters, context: z.RefinementCtx): void {
  const { storm, traffic, match_share } = point;
  if (storm.effect === undefined) return;
  const refuse = (path: readonly string[], message: string, input: unknown): void => {
    context.addIssue({ code: "custom", path: [...path], message, input });
  };
  const { size } = storm;
  if (size !== 1) refuse(["storm", "size"], "must be 1 with storm.effect, which is about one rule", size);
  if (match_share > 0)
    refuse(["match_share"], "has no effect with storm.effect, which sees to it; remove it", match_share);
  if (sourceOf(point) !== undefined)
    refuse(["storm", "effect"], "is for rules that nicbench makes, not for listed ones; remove it", true);
  if (typeof traffic.rate !== "number")
    refuse(
      ["traffic", "rate"],
      "must be a rate with storm.effect, such as 100kpps: frames tell the time",
      traffic.rate,
    );
  if ("pcap" in traffic || traffic.flows !== 1)
    refuse(["traffic", "flows"], "must be 1 with storm.effect: one rule is to match all frames", undefined);
  if (traffic.pacing !== undefined && traffic.pacing !== "constant")
    refuse(["traffic", "pacing"], "must be constant with storm.effect: frames tell the time", traffic.pacing);
  const why = unmatchable(point);
  if (why !== undefined) refuse(["storm", "effect"], why, true);
}

function refuseSearch({ storm, traffic, search }: StormParameters, context: z.RefinementCtx): void {
  const refuse = (path: readonly string[], message: string, input: unknown): void => {
    context.addIssue({ code: "custom", path: [...path], message, input });
  };
  const { rate } = traffic;
  if (storm.rate !== "search") {
    if (rate === "search")
      refuse(["traffic", "rate"], "needs storm.rate: search; write a rate such as 5Mpps, or max", rate);
    if (search !== undefined) refuse(["search"], "has no effect unless storm.rate: search", search);
    return;
  }
  if (typeof rate !== "number" && rate !== "search")
    refuse(
      ["traffic", "rate"],
      "loses no frame that waits: for storm.rate: search, write a rate such as 5Mpps, or search",
      rate,
    );
  for (const key of ["back_to_back", "measure_for"] as const) {
    if (search?.[key] !== undefined)
      refuse(["search", key], "has no effect with storm.rate: search; remove it", search[key]);
  }
}
