/**
 * The operators of `expect`, key by key. The descriptions are what an editor shows and what docs/claims.md is
 * checked against, so each says meaning, unit and default.
 */
import { z } from "zod";
import { shareSchema } from "../../units.js";
import { parseOrder } from "./order_text.js";
import { needsBound, needsComparison, needsDirection, needsLevel, needsOf } from "./rules.js";
import { boundKeys, factorSchema, quantitySchema, scalarSchema, selectionSchema, whereSchema } from "./values.js";

const metric = z.string().describe("Name of the metric, such as link_rate.");
const along = z
  .string()
  .describe("Parameter whose numbers are walked from the smallest to the largest, such as rules.");
const where = whereSchema.optional();

/** What a walk along a parameter looks at: a metric, or the ratio of it at two selections. */
const walk = {
  metric,
  along,
  of: selectionSchema.optional(),
  to: selectionSchema
    .optional()
    .describe("Walk the metric of `of` divided by that of `to`, at the same value of the parameter."),
  where,
};

const direction = {
  falls_by: factorSchema.optional().describe("From one value to the next the metric falls by this factor or more."),
  rises_by: factorSchema.optional().describe("From one value to the next the metric rises by this factor or more."),
};

const level = z.union([
  quantitySchema,
  z
    .strictObject({
      share: factorSchema.describe("Share of that value, such as 50%."),
      of: z.enum(["first", "last", "highest", "lowest"]).describe("Which value of the walk."),
    })
    .describe("A share of a value of the walk itself: { share: 50%, of: first }."),
]);

export const orderSchema = z
  .strictObject({
    metric,
    across: z.string().describe("Parameter whose values are ordered, such as table."),
    is: z
      .string()
      .describe(
        "The order, with spaces: 'a > b ~ c'. > and <: apart, the intervals too. >= and <=: at most `tolerance` on the " +
          "wrong side. ~: equal within `tolerance`, however close. Quote values that have spaces.",
      )
      .superRefine((text, context) => {
        const order = parseOrder(text);
        if ("problem" in order) context.addIssue({ code: "custom", message: order.problem, input: text });
      }),
    tolerance: shareSchema().default(0.1).describe("What counts as equal for ~, >= and <=. Default 10%."),
    where,
  })
  .describe("A metric is ordered across the values of a parameter.");

export const ratioSchema = z
  .strictObject({
    metric,
    of: selectionSchema.describe("The side above the fraction line."),
    to: selectionSchema.describe("The side below it. All parameters that neither side names are equal on both."),
    where,
    ...boundKeys(factorSchema),
  })
  .check(needsBound)
  .describe("A metric at one selection, divided by the same metric at another one, is within limits.");

export const withinSchema = z
  .strictObject({ metric, where, ...boundKeys(quantitySchema) })
  .check(needsBound)
  .describe("A metric is within limits at every point of the selection. Limits may have a unit: { at_least: 97Gbps }.");

export const monotoneSchema = z
  .strictObject({
    ...walk,
    is: z
      .enum(["rising", "falling", "flat", "not-rising", "not-falling"])
      .describe(
        "not-falling: no value is below an earlier one by more than `tolerance`. rising: not-falling, and the last value " +
          "is above the first. flat: highest and lowest value differ by `tolerance` at most.",
      ),
    tolerance: shareSchema().default(0.05).describe("Steps the wrong way that do not count. Default 5%."),
  })
  .check(needsOf)
  .describe("A metric rises, falls or stays flat along a parameter.");

export const cliffSchema = z
  .strictObject({
    ...walk,
    ...direction,
    between: z
      .tuple([quantitySchema, quantitySchema])
      .optional()
      .describe("Where along the parameter: only jumps within these two values count. Default: anywhere."),
    same_place_as: z
      .strictObject({ metric, of: walk.of, to: walk.to, where, ...direction })
      .check(needsDirection)
      .check(needsOf)
      .optional()
      .describe("The jump is between the same two values as this other one."),
  })
  .check(needsDirection)
  .check(needsOf)
  .describe("A metric jumps between two neighbouring values of a parameter.");

export const kneeSchema = z
  .strictObject({
    ...walk,
    to: selectionSchema.optional().describe("Compare the knee of `of` with the knee of these points."),
    falls_to: level
      .optional()
      .describe("The knee is the first value of the parameter with the metric at or below this."),
    rises_to: level
      .optional()
      .describe("The knee is the first value of the parameter with the metric at or above this."),
    ...boundKeys(quantitySchema),
  })
  .check(needsLevel)
  .check(needsBound)
  .check(needsOf)
  .describe(
    "The value of a parameter at which a metric has reached a level: within limits, such as { at_most: 3 } cores. " +
      "With `of` and `to` the limits are for the knee of `of` divided by that of `to`: { at_least: 10x }. " +
      "A level that is not reached has its knee beyond the last value of the run.",
  );

export const linearSchema = z
  .strictObject({
    ...walk,
    r2: shareSchema().describe("Least coefficient of determination of a straight line, such as 0.97."),
    is: z.enum(["rising", "falling"]).optional().describe("Direction of the line. Default: either."),
  })
  .check(needsOf)
  .describe("A metric is a straight line along a parameter.");

export const publishedSchema = z
  .strictObject({
    metric,
    along: z.string().describe("Parameter that matches measured with published values: cores, or table for names."),
    series: z.string().describe("Published table, such as hpsr21/multi_thread."),
    y: z
      .string()
      .optional()
      .describe("Published quantity, such as throughput. Default: the one that corresponds to the metric."),
    pick: z
      .record(z.string(), z.union([scalarSchema, z.array(scalarSchema).min(1)]))
      .optional()
      .describe(
        "Published rows to take, by our parameters or by their columns: { nic: cx5, traffic.profile: campus }.",
      ),
    where,
    within: shareSchema({ max: 10 })
      .optional()
      .describe("Measured and published values differ by this share at most, such as 25%."),
    same_order: z.literal(true).optional().describe("Measured values are in the order of the published ones."),
    correlation: shareSchema()
      .optional()
      .describe("Least correlation (Pearson's, of logarithms) of measured with published values, such as 0.9."),
    tolerance: shareSchema()
      .default(0.02)
      .describe("For same_order: published values that differ by less count as equal. Default 2%."),
    relative_to: z
      .union([z.string(), z.number()])
      .optional()
      .describe(
        "For within: compare shapes, not sizes: each value is divided by the one at this value of `along`, in the run and in the paper.",
      ),
  })
  .check(needsComparison)
  .describe("Measured values agree with a published series.");

export type OrderClaim = z.output<typeof orderSchema>;
export type RatioClaim = z.output<typeof ratioSchema>;
export type WithinClaim = z.output<typeof withinSchema>;
export type MonotoneClaim = z.output<typeof monotoneSchema>;
export type CliffClaim = z.output<typeof cliffSchema>;
export type KneeClaim = z.output<typeof kneeSchema>;
export type LinearClaim = z.output<typeof linearSchema>;
export type PublishedClaim = z.output<typeof publishedSchema>;
