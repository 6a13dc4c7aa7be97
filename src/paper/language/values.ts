/** The values that claims are written with: numbers with units, factors, and ways to choose points. */
import { z } from "zod";
import { quote } from "../../yaml/problems.js";

export const scalarSchema = z.union([z.string(), z.number(), z.boolean()]);
export type Scalar = z.infer<typeof scalarSchema>;

/** A number in the unit of what it is compared with, or a text such as `97Gbps`; see `threshold.ts`. */
export const quantitySchema = z.union([z.number(), z.string().min(1)]);
export type Quantity = z.infer<typeof quantitySchema>;

const FACTOR = /^\d+(\.\d+)?(x|%)?$/;

/** How many times: `1.5`, `1.5x` or `150%`. */
export const factorSchema = z
  .union([z.number(), z.string().meta({ pattern: FACTOR.source, examples: ["1.5x", "150%"] })], {
    error: ({ input }) => (input === undefined ? "missing; write a factor such as 1.5" : notAFactor(input)),
  })
  .transform((written, context) => {
    const factor = typeof written === "string" ? parseFactor(written) : written;
    if (factor !== undefined && factor >= 0) return factor;
    context.addIssue({ code: "custom", message: notAFactor(written), input: written });
    return z.NEVER;
  });

/** `150%` is 1.5; undefined for what is no factor. */
export function parseFactor(text: string): number | undefined {
  if (!FACTOR.test(text)) return undefined;
  const number = Number.parseFloat(text);
  return text.endsWith("%") ? number / 100 : number;
}

function notAFactor(input: unknown): string {
  return `${quote(input)} is not a factor; write 1.5, 1.5x or 150%`;
}

const listed = z.array(scalarSchema).min(1);

const range = z
  .strictObject({
    from: quantitySchema.optional().describe("Least value, itself included."),
    to: quantitySchema.optional().describe("Greatest value, itself included."),
  })
  .refine(
    ({ from, to }) => from !== undefined || to !== undefined,
    "is empty; write { from: 1k, to: 1M } or one of them",
  )
  .describe("Numbers from `from` to `to`.");

const except = z
  .strictObject({ not: z.union([scalarSchema, listed]).describe("The value or values to leave out.") })
  .describe("All values but these.");

const candidates = z.union([z.literal("any"), listed]).describe("The values to choose among, or any.");
const highest = z
  .strictObject({ highest: candidates })
  .describe(
    "Of these values of the parameter, the one whose metric is highest: { highest: any } or { highest: [a, b] }.",
  );
const lowest = z
  .strictObject({ lowest: candidates })
  .describe(
    "As `highest`, for the lowest metric. `any` takes what was measured; listed values must all be measured. " +
      "In a ratio, `to` chooses among points other than those of `of`.",
  );

/** Which points a statement is about. Also `smallest` and `largest` of a parameter's numbers. */
export const whereSchema = z
  .record(z.string(), z.union([scalarSchema, listed, range, except]))
  .describe(
    "Only points with these values: parameter to a value, a list, { from, to } or { not: value }. " +
      "`smallest` and `largest` are those of the parameter's numbers in the run.",
  )
  .meta({ id: "where" });

/** One side of a comparison. */
export const selectionSchema = z
  .record(z.string(), z.union([scalarSchema, listed, range, except, highest, lowest]))
  .describe(
    "One side of a comparison: as `where`, and { highest: any } or { lowest: [a, b] } to let the metric choose. " +
      "With a list, the statement must hold for each value.",
  )
  .meta({ id: "selection" });

export type Where = z.infer<typeof whereSchema>;
export type Selection = z.infer<typeof selectionSchema>;
export type Wanted = Selection[string];

/** Keys of a lower and an upper limit for one value, at least one of them needed. */
export function boundKeys<T extends z.ZodType>(value: T) {
  return {
    at_least: value.optional().describe("Least value that is right."),
    at_most: value.optional().describe("Greatest value that is right."),
    above: value.optional().describe("As at_least, itself excluded."),
    below: value.optional().describe("As at_most, itself excluded."),
    between: z.tuple([value, value]).optional().describe("Least and greatest value that are right: [1.15, 1.4]."),
  };
}

export const BOUND_KEYS = ["at_least", "at_most", "above", "below", "between"] as const;

export interface BoundsOf<T> {
  readonly at_least?: T | undefined;
  readonly at_most?: T | undefined;
  readonly above?: T | undefined;
  readonly below?: T | undefined;
  readonly between?: readonly [T, T] | undefined;
}

/** Why these limits say nothing or contradict themselves, or undefined. */
export function boundsProblem(bounds: BoundsOf<unknown>): string | undefined {
  const given = BOUND_KEYS.filter((key) => bounds[key] !== undefined);
  if (given.length === 0) return `missing; write ${BOUND_KEYS.slice(0, -1).join(", ")} or between`;
  const clash = [
    ["at_least", "above"],
    ["at_most", "below"],
  ].find((pair) => pair.every((key) => given.some((name) => name === key)));
  if (clash !== undefined) return `${clash.join(" and ")} say the same twice; remove one`;
  if (bounds.between !== undefined && given.length > 1) return "between is both limits; remove it or the others";
  const [low, high] = bounds.between ?? [bounds.at_least ?? bounds.above, bounds.at_most ?? bounds.below];
  const empty = typeof low === "number" && typeof high === "number" && low > high;
  return empty ? `nothing is at least ${low} and at most ${high}` : undefined;
}
