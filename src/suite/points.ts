/** From combinations to points: overlay, parse with the experiment's schema, identify. */
import { sha256 } from "../digest.js";
import { z } from "zod";
import { canonicalJson } from "../canonical_json.js";
import type { ParamValue, Params } from "../results/model.js";
import { check } from "../yaml/check.js";
import { emptyMap, findMap, keyPlaceOf, plain, setIn, withEntry, withoutEntry } from "../yaml/located.js";
import type { LocatedMap } from "../yaml/located.js";
import type { Problem } from "../yaml/problems.js";
import { fileChecker, filesOf, withAbsolute, type NamedFile } from "./captures.js";
import type { Combination } from "./matrix.js";
import type { SuitePoint } from "./model.js";
import { trialSchema } from "./schema.js";

export interface PointsContext {
  readonly file: string;
  readonly experiment: string;
  readonly parameters: z.ZodType;
}

export interface Points {
  readonly points: readonly SuitePoint[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
}

/** A suite that is wrong in one value is wrong in thousands of points: this many show it. */
const ENOUGH_PROBLEMS = 100;

export function resolvePoints(suite: LocatedMap, combinations: readonly Combination[], context: PointsContext): Points {
  const base = basePoint(suite);
  const checkFile = fileChecker(context.file);
  const points = new Map<string, SuitePoint>();
  const repeated: Params[] = [];
  const problems: Problem[] = [];
  for (const combination of combinations) {
    const point = overlay(base, combination);
    const files = filesOf(point, context.file);
    const parsed = parsePoint(point, files, context);
    problems.push(...parsed.problems, ...files.flatMap((file) => checkFile(point, file)));
    if (problems.length >= ENOUGH_PROBLEMS) break;
    if (parsed.values === undefined) continue;
    const values = portable(parsed.values, files);
    const identity = canonicalJson({ experiment: context.experiment, ...values });
    const params = paramsOf(combination, values);
    if (points.has(identity)) repeated.push(params);
    else points.set(identity, suitePoint(identity, params, parsed.values));
  }
  return { points: [...points.values()], problems, warnings: repeated.length === 0 ? [] : [mergedWarning(repeated)] };
}

/** What all points share: the entries of `with`, and `traffic` and `trial` beside them. */
function basePoint(suite: LocatedMap): LocatedMap {
  const settings = findMap(suite, ["with"]);
  const place = keyPlaceOf(suite, settings === undefined ? ["experiment"] : ["with"]);
  let base: LocatedMap = { ...(settings ?? emptyMap(place)), place };
  for (const key of ["traffic", "trial"]) {
    const entry = suite.entries.get(key);
    if (entry !== undefined) base = withEntry(base, key, entry);
  }
  return base;
}

function overlay(base: LocatedMap, combination: Combination): LocatedMap {
  let point = base;
  for (const [path, entry] of combination) point = setIn(point, path.split("."), entry);
  return point;
}

const pointTrialSchema = z.object({ trial: trialSchema.prefault({}) });

interface PointValues {
  readonly parameters: unknown;
  readonly trial: z.infer<typeof trialSchema>;
}

function parsePoint(
  point: LocatedMap,
  files: readonly NamedFile[],
  { parameters: schema }: PointsContext,
): { readonly problems: readonly Problem[]; readonly values?: PointValues } {
  const trial = check(pointTrialSchema, onlyTrial(point));
  const settings = files.reduce(withAbsolute, point);
  const parameters = check(schema, withoutEntry(settings, "trial"));
  if (trial.ok && parameters.ok) return { problems: [], values: { parameters: parameters.value, ...trial.value } };
  return { problems: [...(trial.ok ? [] : trial.problems), ...(parameters.ok ? [] : parameters.problems)] };
}

function onlyTrial(point: LocatedMap): LocatedMap {
  const entry = point.entries.get("trial");
  return { ...point, entries: new Map(entry === undefined ? [] : [["trial", entry]]) };
}

/** Parameters and trial in one record, with files as written: the same on every machine. */
function portable({ parameters, trial }: PointValues, files: readonly NamedFile[]): Record<string, unknown> {
  const values: Record<string, unknown> = { ...asRecord(parameters), trial };
  return files.reduce((record, { path, written }) => asRecord(withValue(record, path, written)), values);
}

function withValue(record: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  return key === undefined ? value : { ...asRecord(record), [key]: withValue(asRecord(record)[key], rest, value) };
}

function suitePoint(identity: string, params: Params, { parameters, trial }: PointValues): SuitePoint {
  return {
    id: sha256(identity).slice(0, 12),
    params,
    resolved: parameters,
    warmupSeconds: trial.warmup,
    durationSeconds: trial.duration,
  };
}

/** Swept values after unit conversion; as written where the experiment keeps them under another name. */
function paramsOf(combination: Combination, values: Record<string, unknown>): Params {
  return Object.fromEntries(
    [...combination].map(([path, { value }]) => {
      const parsed = path.split(".").reduce<unknown>((parent, key) => asRecord(parent)[key], values);
      return [path, asParam(parsed ?? plain(value))];
    }),
  );
}

function asParam(value: unknown): ParamValue {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  return JSON.stringify(value);
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function mergedWarning(repeated: readonly Params[]): string {
  const [first = {}] = repeated;
  const example = Object.entries(first).map(([key, value]) => `${key}=${value}`);
  const subject =
    repeated.length === 1 ? "1 point repeats another and was" : `${repeated.length} points repeat others and were`;
  return `${subject} merged: ${example.join(" ")}${repeated.length === 1 ? "" : ", …"}`;
}
