/** Loads a suite: read, choose variants, override, check, expand. Nothing runs before all of it is right. */
import { check } from "../yaml/check.js";
import { find, placeOf, plain, withoutEntry, type LocatedMap } from "../yaml/located.js";
import { didYouMean } from "../yaml/nearest.js";
import { problemsError, quote, type Problem } from "../yaml/problems.js";
import { readYaml, type FileKind } from "../yaml/read.js";
import { gateRules } from "./gate.js";
import { parameterKeys } from "./json_schema.js";
import { expandMatrix } from "./matrix.js";
import type { ClaimNames, ExperimentSchema, LoadedSuite, LoadOptions, RepeatRule } from "./model.js";
import { misplacedKeys, parameterNames, wrongGates, wrongMetrics, wrongPlotNames, wrongReferences } from "./names.js";
import { applyOverride } from "./overrides.js";
import { resolvePlots } from "./plots.js";
import { resolvePoints, type Points } from "./points.js";
import { suiteSchema, type SuiteFile } from "./schema.js";
import { applyTag, tagNames } from "./variants.js";

export type { ClaimChecker, ExperimentSchema, LoadedSuite, LoadOptions, RepeatRule, SuitePoint } from "./model.js";

const SUITE: FileKind = {
  noun: "suite",
  code: "SUITE",
  hint: "Suites that ship are listed by: nicbench list suites. Keys and their meaning: nicbench schema",
};

/**
 * Loads a suite with all its points. Relative `pcap` paths are resolved against the suite's folder.
 *
 * @throws {UserError} `SUITE_NOT_FOUND`, `SUITE_UNREADABLE`, `SUITE_TAG_UNKNOWN`, or `SUITE_INVALID` with every
 *   problem found, each with file, line, column, value, what is allowed, and the nearest valid name
 */
export async function loadSuite(file: string, options: LoadOptions): Promise<LoadedSuite> {
  const written = await readYaml(file, SUITE);
  const tagged = (options.tags ?? []).reduce((suite, tag) => applyTag(suite, tag, file), written);
  const { suite, problems } = applyOverrides(tagged, file, options);
  const checked = check(suiteSchema, suite);
  problems.push(...(checked.ok ? misplacedKeys(suite) : checked.problems));
  const { experiment, points } = resolve(suite, file, options, problems);
  if (!checked.ok || experiment === undefined || problems.length > 0) throw invalid(file, problems);
  return assemble({ file, suite, parsed: checked.value, metrics: experiment.metrics, points, tags: tagNames(written) });
}

function invalid(file: string, problems: readonly Problem[]): Error {
  return problemsError("SUITE_INVALID", file, problems, `When mended, check it with: nicbench validate ${file}`);
}

function applyOverrides(
  tagged: LocatedMap,
  file: string,
  { experiments, set = [] }: LoadOptions,
): { readonly suite: LocatedMap; readonly problems: Problem[] } {
  const problems: Problem[] = [];
  let suite = tagged;
  for (const text of set) {
    const experiment = experimentOf(suite, experiments);
    const parameters = experiment === undefined ? [] : parameterKeys(experiment.parameters);
    const result = applyOverride(suite, text, { file, parameters });
    if ("suite" in result) suite = result.suite;
    else problems.push(...result.problems);
  }
  return { suite, problems };
}

type NamedExperiment = ExperimentSchema & { readonly name: string };

function experimentOf(suite: LocatedMap, experiments: LoadOptions["experiments"]): NamedExperiment | undefined {
  const node = find(suite, ["experiment"]);
  const name = node?.kind === "scalar" ? String(node.value) : "";
  const experiment = experiments.get(name);
  if (experiment === undefined) return undefined;
  const settings = find(suite, ["with"]);
  const metrics = experiment.metricsOf?.(settings && plain(settings)) ?? experiment.metrics;
  return { ...experiment, name, metrics };
}

const NO_POINTS: Points = { points: [], problems: [], warnings: [] };

/** Adds to `problems`; expands the points only if the sections that they come from have none. */
function resolve(
  suite: LocatedMap,
  file: string,
  options: LoadOptions,
  problems: Problem[],
): { readonly experiment: NamedExperiment | undefined; readonly points: Points } {
  const experiment = experimentOf(suite, options.experiments);
  if (experiment === undefined) {
    problems.push(...unknownExperiment(suite, [...options.experiments.keys()]));
    return { experiment, points: NO_POINTS };
  }
  const isPlain = !problems.some(({ path }) => /^(with|traffic|matrix)\b/.test(path));
  const points = isPlain ? expand(suite, file, experiment) : NO_POINTS;
  const resolved = points.points.map((point) => point.resolved);
  const metrics = [...experiment.metrics, ...(experiment.metricsOfPoints?.(resolved) ?? [])];
  problems.push(...wrongMetrics(suite, metrics));
  if (points.problems.length > 0) problems.push(...points.problems);
  else if (isPlain)
    problems.push(...wrongNames(suite, { metrics, parameters: parameterNames(points.points) }, options, problems));
  return { experiment: { ...experiment, metrics }, points };
}

/** In plots, gates and claims, which name what the points have. A claim without its frame has been told already. */
function wrongNames(
  suite: LocatedMap,
  names: ClaimNames,
  { checkClaims, references }: LoadOptions,
  problems: readonly Problem[],
): readonly Problem[] {
  const claims = find(suite, ["claims"]);
  const isFramed = !problems.some(({ path }) => path.startsWith("claims"));
  return [
    ...wrongPlotNames(suite, names.metrics, names.parameters),
    ...wrongGates(suite, names.metrics, names.parameters),
    ...(references === undefined ? [] : wrongReferences(suite, references)),
    ...(claims === undefined || !isFramed ? [] : (checkClaims?.(claims, names) ?? [])),
  ];
}

function expand(suite: LocatedMap, file: string, { name, parameters }: NamedExperiment): Points {
  const { combinations, problems, warnings } = expandMatrix(suite);
  if (problems.length > 0) return { points: [], problems, warnings };
  const points = resolvePoints(suite, combinations, { file, experiment: name, parameters });
  return { ...points, warnings: [...warnings, ...points.warnings] };
}

function unknownExperiment(suite: LocatedMap, names: readonly string[]): readonly Problem[] {
  const node = find(suite, ["experiment"]);
  if (node?.kind !== "scalar" || typeof node.value !== "string") return [];
  const guess = didYouMean(node.value, names);
  const message = `${quote(node.value)} is no experiment${guess}${guess === "" ? ";" : ""} there are: ${names.join(", ")}`;
  return [{ place: placeOf(suite, ["experiment"]), path: "experiment", message }];
}

interface Parts {
  readonly file: string;
  readonly suite: LocatedMap;
  readonly parsed: SuiteFile;
  readonly metrics: LoadedSuite["metrics"];
  readonly points: Points;
  readonly tags: readonly string[];
}

function assemble({ file, suite, parsed, metrics, points, tags }: Parts): LoadedSuite {
  const repeat = repeatRule(parsed.repeat, parsed.claims);
  return {
    name: parsed.name,
    title: parsed.title ?? parsed.name,
    ...(parsed.description === undefined ? {} : { description: parsed.description }),
    ...(parsed.paper === undefined ? {} : { paper: parsed.paper }),
    file,
    experiment: parsed.experiment,
    metrics,
    points: points.points,
    repeat: repeat.rule,
    order: parsed.order ?? "interleaved",
    ...(parsed.seed === undefined ? {} : { seed: parsed.seed }),
    plots: resolvePlots(parsed.plots ?? [], points.points),
    claims: parsed.claims ?? [],
    gate: gateRules(parsed.gate ?? [], points.points),
    tags,
    resolved: plain(withoutEntry(suite, "tags")),
    warnings: [...points.warnings, ...repeat.warnings],
  };
}

function repeatRule(
  written: SuiteFile["repeat"] = {},
  claims: SuiteFile["claims"] = [],
): { readonly rule: RepeatRule; readonly warnings: string[] } {
  const { max, until, for_claims: forClaims = 0, new_layout: newLayout = false } = written;
  const min = written.min ?? Math.min(5, max ?? 5);
  const further = { ...(forClaims === 0 ? {} : { forClaims }), ...(newLayout ? { newLayout } : {}) };
  const noClaims =
    forClaims > 0 && claims.length === 0 ? ["repeat.for_claims has no effect: the suite has no claims."] : [];
  if (until !== undefined) {
    return { rule: { min, max: max ?? Math.max(20, min), until, ...further }, warnings: noClaims };
  }
  const idle = max !== undefined && max > min;
  const warning = `repeat.max has no effect without repeat.until: every point gets ${min} trials.`;
  return { rule: { min, max: min, ...further }, warnings: [...(idle ? [warning] : []), ...noClaims] };
}
