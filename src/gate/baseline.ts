/**
 * Baseline files: samples of one or more runs, what they were measured with, and a digest, as YAML in a fixed order that
 * a reviewer can read and version control can compare line by line: a run more is a block more at the end of the file.
 * docs/formats.md has the format.
 */
import { sha256 } from "../digest.js";
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
import type { HostState } from "./host_state.js";
import { differences, isOtherMachine, type Difference } from "./environment.js";
import { pool, type LeftOut, type SampleSet, type SampleSets } from "./samples.js";

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

const leftOutSchema = z.strictObject({
  suspect: z.int().min(0),
  failed: z.int().min(0),
  other_state: z.int().min(0).exactOptional(),
});

const pointSchema = z.strictObject({ id: z.string(), params: paramsSchema });

const runSchema = z.strictObject({
  run: z.string(),
  points: z.array(
    z.strictObject({
      id: z.string(),
      samples: z.record(z.string(), z.array(z.number()).min(1)),
      left_out: leftOutSchema,
    }),
  ),
});

const baselineSchema = z.strictObject({
  nicbench: z.literal(1),
  baseline: z.string(),
  experiment: z.string(),
  digest: z.string(),
  environment: z.record(z.string(), z.string()),
  state: z.record(z.string(), z.strictObject({ work_ns: z.number(), hand_over_ns: z.number() })).exactOptional(),
  settings: paramsSchema,
  metrics: z.record(z.string(), metricSchema),
  points: z.array(pointSchema),
  runs: z.array(runSchema).min(1),
});

type BaselineFile = z.infer<typeof baselineSchema>;
type RunOfFile = BaselineFile["runs"][0];

/** Most runs that a file keeps: more say little more about how much runs differ, and old ones are of another build. */
export const MAX_RUNS = 20;

/**
 * Writes the metrics named; points without a sample of any are left out.
 *
 * @param sets oldest first
 * @throws {UserError} `BASELINE_EMPTY`, `BASELINE_NOT_WRITTEN`
 */
export async function writeBaseline(file: string, sets: SampleSets, metrics: readonly string[]): Promise<void> {
  const text = baselineText(sets, metrics);
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

/**
 * Facts are those of the last run, which is the one that the next is held against.
 *
 * @throws {UserError} `BASELINE_EMPTY`: no point has an ok trial with one of the metrics
 */
export function baselineText(sets: SampleSets, metrics: readonly string[]): string {
  const all = pool(sets);
  const { environment, settings, state } = sets.at(-1) ?? all;
  const measured = all.metrics.flatMap(({ name, title, unit, better }) => {
    return better === "neither" || !metrics.includes(name) ? [] : [{ name, title, unit, better }];
  });
  const names = measured.map(({ name }) => name);
  const runs = sets.map((set) => runOf(set, names)).filter(({ points }) => points.length > 0);
  if (runs.length === 0) throw nothingToKeep(all);
  const sampled = new Set(runs.flatMap(({ points }) => points.map(({ id }) => id)));
  const content = {
    nicbench: 1 as const,
    baseline: all.suite,
    experiment: all.experiment,
    environment: sortedMap(environment),
    ...writtenState(state),
    settings: sortedMap(settings),
    metrics: Object.fromEntries(measured.map(({ name, title, unit, better }) => [name, { title, unit, better }])),
    points: all.points.filter(({ id }) => sampled.has(id)).map(({ id, params }) => ({ id, params })),
    runs,
  };
  const { nicbench, baseline, experiment, ...rest } = content;
  return `${HEADER}${yamlText({ nicbench, baseline, experiment, digest: digestOf(content), ...rest })}`;
}

/**
 * @returns one set a run, oldest first
 * @throws {UserError} `BASELINE_NOT_FOUND`, `BASELINE_UNREADABLE`, `BASELINE_INVALID` with every problem and its place,
 *   or `BASELINE_EDITED`: what it says is not what was measured
 */
export async function readBaseline(file: string): Promise<SampleSets> {
  const node = await readYaml(file, BASELINE);
  const checked = check(baselineSchema, node);
  if (!checked.ok) throw problemsError("BASELINE_INVALID", file, checked.problems, BASELINE.hint);
  const { digest, ...content } = plain(node) as BaselineFile;
  if (digest !== digestOf(content)) throw edited(file);
  const [first, ...others] = checked.value.runs.map((run) => setOf(checked.value, run));
  if (first === undefined) throw new Error("the schema lets no file without runs through");
  return [first, ...others];
}

/**
 * The runs of a baseline and newer ones, without the oldest if there are too many.
 *
 * @throws {UserError} `BASELINE_HAS_RUN`, `BASELINE_OTHER_SUITE`, `BASELINE_OTHER_SETTINGS`, `BASELINE_OTHER_MACHINE`:
 *   what differs between runs would be more than chance, or less; `BASELINE_EMPTY`: one has none of the metrics
 */
export function withRuns(baseline: SampleSets, added: readonly SampleSet[]): SampleSets {
  const all = added.reduce<SampleSets>((known, set) => {
    checkAdded(known, set);
    return [...known, set];
  }, baseline);
  const [first = all[0], ...others] = all.slice(-MAX_RUNS);
  return [first, ...others];
}

function checkAdded(baseline: SampleSets, set: SampleSet): void {
  const [known] = baseline;
  if (baseline.some(({ runs }) => runs.some((run) => set.runs.includes(run)))) throw hasRun(set);
  if (set.suite !== known.suite) throw otherSuite(known, set);
  const settings = differences([known.settings, set.settings]).filter(({ name }) => {
    return name in known.settings && name in set.settings; // a version may bring a new one
  });
  if (settings.length > 0) throw otherSettings(set, settings);
  const machine = differences([known.environment, set.environment]).filter(isOtherMachine);
  if (machine.length > 0) throw otherMachine(set, machine);
  const names = new Set(known.metrics.map(({ name }) => name));
  const isSampled = set.points.some(({ samples }) => Object.keys(samples).some((name) => names.has(name)));
  if (!isSampled) throw nothingToKeep(set);
}

function runOf({ runs, points }: SampleSet, metrics: readonly string[]): RunOfFile {
  const written = points.map(({ id, samples, leftOut }) => {
    const kept = metrics.flatMap((name) => {
      return samples[name] === undefined ? [] : [[name, samples[name].map(shortened)] as const];
    });
    return { id, samples: Object.fromEntries(kept), left_out: writtenLeftOut(leftOut) };
  });
  return { run: runs.join(", "), points: written.filter(({ samples }) => Object.keys(samples).length > 0) };
}

function setOf(file: BaselineFile, { run, points }: RunOfFile): SampleSet {
  const params = new Map(file.points.map((point) => [point.id, point.params]));
  return {
    runs: [run],
    suite: file.baseline,
    experiment: file.experiment,
    outcome: "complete",
    environment: file.environment,
    state: readState(file.state),
    settings: file.settings,
    metrics: Object.entries(file.metrics).map(([name, metric]) => ({ name, ...metric })),
    points: points.map(({ id, samples, left_out }) => {
      const { other_state: otherState, ...leftOut } = left_out;
      return { id, params: params.get(id) ?? {}, status: "ok", samples, leftOut: { ...leftOut, otherState } };
    }),
  };
}

const HEADER = `# What runs are held against by: nicbench gate --baseline FILE
# Written by nicbench gate --save-baseline or --add-to-baseline; do not edit. Samples are in base units, one a repetition.
`;

/** Six digits are far below any noise, and keep the lines short. */
function shortened(value: number): number {
  return Number(value.toPrecision(6));
}

function writtenLeftOut({ suspect, failed, otherState = 0 }: LeftOut): z.infer<typeof leftOutSchema> {
  return { suspect, failed, ...(otherState === 0 ? {} : { other_state: otherState }) };
}

function writtenState(state: HostState = {}): Pick<BaselineFile, "state"> {
  const hosts = Object.entries(state).map(([host, { workNs, handOverNs }]) => {
    return [host, { work_ns: shortened(workNs), hand_over_ns: shortened(handOverNs) }] as const;
  });
  return hosts.length === 0 ? {} : { state: Object.fromEntries(hosts) };
}

function readState(written: BaselineFile["state"]): HostState | undefined {
  if (written === undefined) return undefined;
  const hosts = Object.entries(written).map(([host, { work_ns: workNs, hand_over_ns: handOverNs }]) => {
    return [host, { workNs, handOverNs }] as const;
  });
  return Object.fromEntries(hosts);
}

function sortedMap<T>(map: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Over all but itself. A copy of the file with other comments or line breaks is still the same baseline. */
function digestOf(content: Omit<BaselineFile, "digest">): string {
  return `sha256:${sha256(JSON.stringify(content))}`;
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

function hasRun({ runs }: SampleSet): UserError {
  const hint =
    "Each run counts once. Add another one: nicbench run SUITE, then nicbench gate --add-to-baseline FILE latest";
  return new UserError("BASELINE_HAS_RUN", `The baseline has ${runs.join(", ")} already.`, hint);
}

function otherSuite(known: SampleSet, { runs, suite }: SampleSet): UserError {
  const problem = `The baseline is of suite ${known.suite}, and ${runs.join(", ")} of ${suite}.`;
  return new UserError("BASELINE_OTHER_SUITE", problem, "Keep one baseline a suite: --save-baseline FILE RUN");
}

function otherSettings({ runs }: SampleSet, differing: readonly Difference[]): UserError {
  return new UserError(
    "BASELINE_OTHER_SETTINGS",
    `${runs.join(", ")} was measured in another way than the baseline: ${differing.map(differenceText).join(", ")}.`,
    "Measure as the baseline did, or begin anew: nicbench gate --save-baseline FILE RUN",
  );
}

function differenceText({ name, values }: Difference): string {
  return `${name} (${values.join(", now ")})`;
}

function otherMachine({ runs }: SampleSet, differing: readonly Difference[]): UserError {
  return new UserError(
    "BASELINE_OTHER_MACHINE",
    `${runs.join(", ")} is from another machine than the baseline: ${differing.map(differenceText).join(", ")}.`,
    "Keep one baseline a machine; after a change of the machine begin anew: nicbench gate --save-baseline FILE RUN",
  );
}
