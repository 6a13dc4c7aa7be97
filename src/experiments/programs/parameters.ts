/**
 * Parameters of `command`: the metrics that a suite makes of a program's results, and parameters of its own, which go into
 * the program's start line. Points keep the values; what they are is known to the suite alone.
 */
import { z } from "zod";
import { excerpt } from "../../printable.js";
import {
  bitRateSchema,
  bytesSchema,
  countSchema,
  durationSchema,
  frameRateSchema,
  shareSchema,
  UNITS,
} from "../../units.js";
import { unknownKey } from "../../yaml/check.js";
import { quote } from "../../yaml/problems.js";
import type { MetricDefinition, ParamValue } from "../../results/model.js";

const METRIC_NAME = /^[a-z][a-z0-9_]{0,63}$/;
const PARAMETER_NAME = /^(?!metrics$|parameters$|traffic$|trial$|duration$|warmup$|seed$)[a-z][a-z0-9_]{0,63}$/;

const metricsSchema = z
  .record(
    z.string().regex(METRIC_NAME, { error: "is no name of a metric; write small letters, digits and _" }),
    z.strictObject({
      title: z.string().optional().describe("Title in reports. Default: the name."),
      unit: z.enum(UNITS).describe("Base unit in which it is kept; what programs print is converted."),
      better: z
        .enum(["higher", "lower", "neither"])
        .default("neither")
        .describe("Which direction is better. Default neither."),
      description: z.string().default("").describe("What it is."),
    }),
  )
  .refine((metrics) => Object.keys(metrics).length > 0, { error: "is empty; name what the programs measure" })
  .describe("The metrics, by the names that the results have in the testbed. The first is the main one.");

const VALUES = {
  count: countSchema,
  bytes: bytesSchema,
  "bit-rate": bitRateSchema,
  "frame-rate": frameRateSchema,
  duration: durationSchema,
  share: shareSchema,
} as const;

const parametersSchema = z
  .record(
    z.string().regex(PARAMETER_NAME, {
      error: "is no name of a parameter; write small letters, digits and _, and none of duration, warmup, seed",
    }),
    z.strictObject({
      type: z
        .enum(["count", "bytes", "bit-rate", "frame-rate", "duration", "share", "text"])
        .describe("What values are. Quantities go into start lines in base units, without the unit."),
      one_of: z.array(z.string()).min(1).optional().describe("The texts that are allowed."),
      default: z.union([z.string(), z.number()]).optional().describe("Value of points that have none."),
      description: z.string().optional().describe("What it is."),
    }),
  )
  .default({})
  .describe("Parameters of the suite's own, for start lines: ${name}. `with` or the matrix give them their values.");

type Declaration = z.output<typeof parametersSchema>[string];

/** Values of the suite's own parameters. */
export type CommandParameters = Readonly<Record<string, ParamValue>>;

/** Points as a run keeps them. */
export const keptParameters: z.ZodType<CommandParameters> = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean()]),
);

export const commandParameters: z.ZodType<CommandParameters> = z
  .looseObject({ metrics: metricsSchema, parameters: parametersSchema })
  .transform((point, context) => {
    const { metrics: _, parameters, ...given } = point;
    const known = Object.keys(parameters);
    const unknown = Object.keys(given).filter((name) => !known.includes(name));
    if (unknown.length > 0) {
      const message = unknown.map((key) => unknownKey(key, ["metrics", "parameters", ...known])).join("\n");
      context.addIssue({ code: "unrecognized_keys", keys: unknown, message, input: point });
    }
    const values = Object.entries(parameters).flatMap(([name, declaration]) => {
      const parsed = valueSchema(declaration).safeParse(given[name] ?? declaration.default);
      if (parsed.success) return [[name, parsed.data] as const];
      for (const { message } of parsed.error.issues)
        context.addIssue({ code: "custom", path: [name], message, input: given[name] });
      return [];
    });
    return Object.fromEntries(values);
  });

function valueSchema({ type, one_of: allowed }: Declaration): z.ZodType<ParamValue> {
  if (type !== "text") return VALUES[type]();
  return z.string({ error: "missing, or no text; write it in quotes" }).superRefine((text, context) => {
    const message = textProblem(text, allowed);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  });
}

/** A value that begins with a dash would be an option, and not the value of one. */
function textProblem(text: string, allowed: readonly string[] | undefined): string | undefined {
  if (allowed !== undefined)
    return allowed.includes(text)
      ? undefined
      : `${quote(text)} is not one of ${allowed.map((each) => excerpt(each)).join(", ")}`;
  if (!/^(-|$)|\p{Cc}/u.test(text)) return undefined;
  return `${quote(text)} is empty, begins with a dash or has control characters; name it in one_of if it is meant`;
}

/** The metrics of a suite, from its `with`; none where they are not well-formed. */
export function metricsOf(settings: unknown): readonly MetricDefinition[] {
  const parsed = z.object({ metrics: metricsSchema }).safeParse(settings);
  if (!parsed.success) return [];
  return Object.entries(parsed.data.metrics).map(([name, { title = name, ...rest }]) => ({ name, title, ...rest }));
}
