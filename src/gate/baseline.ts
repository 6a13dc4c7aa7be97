/**
 * Baseline files: samples, what they were measured with, and a digest, as YAML in a fixed order that a reviewer can
 * read and version control can compare line by line. docs/formats.md has the format.
 */
import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { Document, isScalar, visit } from "yaml";
import { z } from "zod";
import { codeOf, messageOf, UserError } from "../errors.js";
import { paramsSchema, unitSchema } from "../results/schemas.js";
import { check } from "../yaml/check.js";
import { plain } from "../yaml/located.js";
import { problemsError } from "../yaml/problems.js";
import { readYaml, type FileKind } from "../yaml/read.js";
import type { SampleSet } from "./samples.js";

const BASELINE: FileKind = {
  noun: "baseline",
  code: "BASELINE",
  hint: "Write one from a run: nicbench gate --save-baseline FILE latest",
};

const metricSchema = z.strictObject({
  title: z.string(),
  unit: unitSchema,
  better: z.enum(["higher", "lower"]),
});

const pointSchema = z.strictObject({
  id: z.string(),
  params: paramsSchema,
  samples: z.record(z.string(), z.array(z.number())),
  left_out: z.strictObject({ suspect: z.int().min(0), failed: z.int().min(0) }),
});

const baselineSchema = z.strictObject({
  nicbench: z.literal(1),
  baseline: z.string(),
  experiment: z.string(),
  runs: z.array(z.string()).min(1),
  digest: z.string(),
  environment: z.record(z.string(), z.string()),
  settings: paramsSchema,
  metrics: z.record(z.string(), metricSchema),
  points: z.array(pointSchema),
});

type BaselineFile = z.infer<typeof baselineSchema>;

/**
 * Writes the metrics named; points without a sample of any are left out.
 *
 * @throws {UserError} `BASELINE_EMPTY`, `BASELINE_NOT_WRITTEN`
 */
export async function writeBaseline(file: string, set: SampleSet, metrics: readonly string[]): Promise<void> {
  const text = baselineText(set, metrics);
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  } catch (error) {
    const message = `The baseline could not be written to ${file}: ${codeOf(error) ?? messageOf(error)}.`;
    throw new UserError("BASELINE_NOT_WRITTEN", message, "Check the folder's rights and the free space.", {
      cause: error,
    });
  }
}

/** @throws {UserError} `BASELINE_EMPTY`: no point has an ok trial with one of the metrics */
export function baselineText(set: SampleSet, metrics: readonly string[]): string {
  const measured = set.metrics.flatMap(({ name, title, unit, better }) => {
    return better === "neither" || !metrics.includes(name) ? [] : [{ name, title, unit, better }];
  });
  const points = set.points.map(({ id, params, samples, leftOut }) => {
    const kept = measured.flatMap(({ name }) =>
      samples[name] === undefined ? [] : [[name, samples[name].map(shortened)]],
    );
    return { id, params, samples: Object.fromEntries(kept) as BaselineFile["points"][0]["samples"], left_out: leftOut };
  });
  const sampled = points.filter(({ samples }) => Object.keys(samples).length > 0);
  if (sampled.length === 0) throw nothingToKeep(set);
  const content = {
    nicbench: 1 as const,
    baseline: set.suite,
    experiment: set.experiment,
    runs: [...set.runs],
    environment: sortedMap(set.environment),
    settings: sortedMap(set.settings),
    metrics: Object.fromEntries(measured.map(({ name, title, unit, better }) => [name, { title, unit, better }])),
    points: sampled,
  };
  const { nicbench, baseline, experiment, runs, ...rest } = content;
  return `${HEADER}${yamlText({ nicbench, baseline, experiment, runs, digest: digestOf(content), ...rest })}`;
}

/**
 * @throws {UserError} `BASELINE_NOT_FOUND`, `BASELINE_UNREADABLE`, `BASELINE_INVALID` with every problem and its place,
 *   or `BASELINE_EDITED`: what it says is not what was measured
 */
export async function readBaseline(file: string): Promise<SampleSet> {
  const node = await readYaml(file, BASELINE);
  const checked = check(baselineSchema, node);
  if (!checked.ok) throw problemsError("BASELINE_INVALID", file, checked.problems, BASELINE.hint);
  const { digest, ...content } = plain(node) as BaselineFile;
  if (digest !== digestOf(content)) throw edited(file);
  const { value } = checked;
  return {
    runs: value.runs,
    suite: value.baseline,
    experiment: value.experiment,
    outcome: "complete",
    environment: value.environment,
    settings: value.settings,
    metrics: Object.entries(value.metrics).map(([name, metric]) => ({ name, ...metric })),
    points: value.points.map(({ id, params, samples, left_out }) => {
      return { id, params, status: "ok", samples, leftOut: left_out };
    }),
  };
}

const HEADER = `# What runs are held against by: nicbench gate --baseline FILE
# Written by nicbench gate --save-baseline; do not edit. Samples are in base units, one a repetition.
`;

/** Six digits are far below any noise, and keep the lines short. */
function shortened(value: number): number {
  return Number(value.toPrecision(6));
}

function sortedMap<T>(map: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Over all but itself. A copy of the file with other comments or line breaks is still the same baseline. */
function digestOf(content: Omit<BaselineFile, "digest">): string {
  return `sha256:${createHash("sha256").update(JSON.stringify(content)).digest("hex")}`;
}

/** Lists of numbers and the parameters of a point on one line each. */
function yamlText(content: BaselineFile): string {
  const document = new Document(content);
  visit(document, {
    Seq: (_, list) => {
      list.flow = list.items.every((item) => isScalar(item)) && list.items.length > 1;
    },
    Pair: (_, { key, value }) => {
      const isShort = isScalar(key) && (key.value === "params" || key.value === "left_out");
      if (isShort && value !== null && typeof value === "object" && "flow" in value) value.flow = true;
    },
  });
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

function nothingToKeep({ runs }: SampleSet): UserError {
  return new UserError(
    "BASELINE_EMPTY",
    `There is nothing to keep: no point of ${runs.join(", ")} has an ok trial with a gated metric.`,
    "See why: nicbench report latest. To keep suspect trials as well: --suspect count",
  );
}

function edited(file: string): UserError {
  return new UserError(
    "BASELINE_EDITED",
    `${file} is not as it was written: its digest does not fit.`,
    "Restore it from version control, or write it again from a run: nicbench gate --save-baseline FILE latest",
  );
}
