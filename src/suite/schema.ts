/**
 * The suite file, key by key. The descriptions are what an editor shows and what the docs print, so each
 * says meaning, unit, default, and when the key misleads.
 *
 * What an experiment takes (`with`, `traffic`, the values of the matrix) is checked per point by the
 * experiment's own schema; here they are any values.
 */
import { z } from "zod";
import { durationSchema, shareSchema } from "../units.js";
import { quote } from "../yaml/problems.js";
import { plotSchema, scalar } from "./plot_schema.js";

const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, {
    error: ({ input }) => `${quote(input)} is not a name; write up to 64 letters, digits, '.', '_' and '-'`,
  })
  .describe("Name of the suite, which starts the names of its run folders: letters, digits, '.', '_' and '-'.");

const settings = z.record(z.string(), z.unknown());
const quantity = z.union([z.number(), z.string()]);

const logSteps = z.int().min(1).max(100).optional().describe("Values per factor of 2 (log2) or 10 (log10). Default 1.");

const rangeAxis = z
  .strictObject({
    from: quantity.describe("First value, such as 1Mpps."),
    to: quantity.describe("Last value, itself included if the steps reach it."),
    step: quantity.describe("Distance between values, above 0."),
  })
  .describe("Evenly spaced values from `from` to `to`.");

const ends = z.tuple([quantity, quantity]);
const log2Axis = z
  .strictObject({ log2: ends.describe("First and last value, above 0."), steps: logSteps })
  .describe("Values that double, such as { log2: [64Ki, 4Mi] }. The last value is taken only if doubling hits it.");
const log10Axis = z
  .strictObject({ log10: ends.describe("First and last value, above 0."), steps: logSteps })
  .describe("Values that grow tenfold, such as { log10: [1k, 1M], steps: 3 }.");

const listAxis = z
  .array(z.union([scalar, settings]))
  .min(1)
  .describe("The values themselves. A map as value sets several parameters together.");

export const axisSchema = z
  .union([listAxis, rangeAxis, log2Axis, log10Axis], {
    error: ({ input }) =>
      typeof input === "object" && input !== null
        ? undefined
        : `${quote(input)} is not a list of values; write [a, b], { from, to, step }, { log2: [a, b] } or { log10: [a, b] }`,
  })
  .meta({ id: "axis" });

const combinations = z.array(settings);
const matrixShape = {
  include: combinations
    .optional()
    .describe(
      "As in GitHub Actions: each entry extends the combinations whose swept values it does not change; " +
        "one that fits none becomes a point of its own.",
    ),
  exclude: combinations
    .optional()
    .describe("As in GitHub Actions: a combination that has all values of an entry is left out."),
};

const matrixSchema = z
  .object(matrixShape)
  .catchall(axisSchema)
  .describe(
    "Swept parameters: name or dotted path (`table`, `traffic.flows`, `trial.duration`) to values. " +
      "Points are all combinations, so each axis multiplies the time of a run.",
  );

const trialShape = {
  warmup: durationSchema({ max: 86_400 })
    .default(0.5)
    .describe(
      "Time with traffic before the measured phase. Default 500ms. Too short and a table's first inserts count as its steady state.",
    ),
  duration: durationSchema({ min: 1e-3, max: 86_400 })
    .default(2)
    .describe(
      "Measured time. Default 2s. RFC 2544 asks for 60s; short trials hide rare stalls, many repeats do not bring them back.",
    ),
};

export const trialSchema = z.strictObject(trialShape).describe("How long one trial takes.");

const untilShape = {
  metric: z.string().describe("Name of the metric to watch."),
  ci95: shareSchema({ min: 1e-4 }).describe("Half width of the 95 % interval of the median, as a share of the median."),
};

const repeats = z.int().min(1).max(10_000);
const repeatShape = {
  min: repeats.optional().describe("Trials that every point gets. Default 5. Below 5 an interval says little."),
  max: repeats.optional().describe("Most trials of a point. Default 20 with `until`, else `min`."),
  for_claims: z
    .int()
    .min(0)
    .max(10_000)
    .optional()
    .describe(
      "Most further trials, after these, of the points on which inconclusive claims rest; a round of them at a time, " +
        "until the claims are decided. Default 0.",
    ),
  new_layout: z
    .boolean()
    .optional()
    .describe(
      "Start the agents anew for each repetition, with 0 to 4096 bytes more in their environment, at random by the seed: the " +
        "layout of their memory becomes noise that intervals show, where else it is one for the whole run. Default false.",
    ),
};

/** The frame of a claim. Claims have a language of their own, whose checker refuses what it does not know. */
const claimSchema = z.looseObject({
  id: z.string().describe("Id of the claim, such as HP04."),
  says: z.string().describe("The statement, in the words of its source."),
  expect: z
    .unknown()
    .refine((value) => value !== undefined, "missing; write what the run must show")
    .describe("What the run must show, such as { ratio: { metric, of, to, at_least } }."),
});

export const gateSchema = z.strictObject({
  metric: z.string().describe("Metric to compare with the baseline; one that says which direction is better."),
  worse_by: shareSchema({ max: 0.99 })
    .default(0.05)
    .describe(
      "Change for the worse that fails the gate, as a share of the baseline. Default 5%. Changes below it pass; the nearer " +
        "it is to the host's noise, the more trials a decision takes.",
    ),
  confidence: shareSchema({ min: 0.5, max: 0.9999 })
    .default(0.99)
    .describe("How sure the comparison must be, over all that is gated together. Default 99%."),
  where: z.record(z.string(), scalar).optional().describe("Compare only the points that have these values."),
});

/** What a tag may change as well: everything but what the suite is. */
const variantShape = {
  title: z.string().optional().describe("Title in reports. Default: the name."),
  description: z.string().optional().describe("What the suite measures and why, shown at the head of its report."),
  with: settings.optional().describe("Fixed parameters of the experiment."),
  traffic: settings
    .optional()
    .describe(
      "What the generator sends: a profile with flows, or `pcap: file`, relative to the suite's folder. " +
        "`rate` is frames per second or `max`.",
    ),
  trial: trialSchema.optional(),
  order: z
    .enum(["interleaved", "sequential"])
    .optional()
    .describe(
      "`interleaved` (default) shuffles the points anew in each round, so that drift of the host hits all alike. " +
        "`sequential` repeats one point after the other: simpler logs, but drift looks like a difference.",
    ),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .optional()
    .describe("Seed of traffic and order, 0 to 4294967295. Default: drawn per run and recorded in it."),
  plots: z.array(plotSchema).optional().describe("Charts of the report. Default: one chosen from the matrix."),
  claims: z.array(claimSchema).optional().describe("Statements that the run must confirm, shown in the report."),
  gate: z.array(gateSchema).optional().describe("What `nicbench gate` compares with a baseline."),
};

const repeatText = "How many trials each point gets.";

const variantSchema = z
  .strictObject({
    ...variantShape,
    matrix: z
      .object(matrixShape)
      .catchall(axisSchema.nullable())
      .optional()
      .describe("Axes to replace; null drops one."),
    repeat: z
      .strictObject({ ...repeatShape, until: z.strictObject(untilShape).partial().nullable().optional() })
      .optional()
      .describe(repeatText),
  })
  .describe("Changes to the suite: maps merge, axes and lists are replaced, null removes.");

export const suiteSchema = z
  .strictObject({
    nicbench: z.literal(1).describe("Version of the file format: 1."),
    name,
    paper: z
      .strictObject({
        id: z.string().describe("Short name of the paper, such as hpsr21."),
        figure: z.string().optional().describe("Figure or table of the paper that the suite re-runs."),
      })
      .optional()
      .describe("The paper that the suite reproduces."),
    experiment: z.string().describe("What runs a trial; see `nicbench list experiments`."),
    ...variantShape,
    matrix: matrixSchema.optional(),
    repeat: z
      .strictObject({
        ...repeatShape,
        until: z
          .strictObject(untilShape)
          .optional()
          .describe("Stop between `min` and `max` as soon as the metric's interval is this narrow."),
      })
      .refine(({ min, max }) => min === undefined || max === undefined || min <= max, {
        path: ["max"],
        error: "is below repeat.min",
      })
      .optional()
      .describe(repeatText),
    tags: z.record(name, variantSchema).optional().describe("Named variants, chosen with --tag."),
  })
  .describe("A nicbench suite: what to measure, over which parameters, how often.");

export type SuiteFile = z.infer<typeof suiteSchema>;
