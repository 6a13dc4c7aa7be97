/**
 * Several runs as one: every point once a run, with the run as one more parameter. So all charts and tables of a single run
 * set them side by side, with the first suite's plots.
 */
import { compareSets, mainMetrics } from "../../gate/compare.js";
import { samplesOfRun } from "../../gate/samples.js";
import { groupBy } from "../../group_by.js";
import type { ComparedRun, ReportInput } from "../input.js";
import type { PointSummary, RunManifest, Summary } from "../../results/model.js";

/** As `nicbench compare` without flags. */
const MARGIN = 0.02;
const CONFIDENCE = 0.95;

const RUN = "run";

/** @param inputs two or more; the first is what the others are held against */
export function mergedRuns(inputs: readonly [ReportInput, ReportInput, ...ReportInput[]]): ReportInput {
  const [first, ...others] = inputs;
  const runs = inputs.map(({ manifest, summary }) => ({ label: labelOf(manifest), manifest, summary }));
  const [baseline, ...candidates] = inputs.map((input) => samplesOfRun(input, "leave-out"));
  if (baseline === undefined) throw new TypeError("no run to compare");
  const metrics = mainMetrics(baseline);
  const comparison = compareSets(baseline, candidates, { metrics, margin: MARGIN, confidence: CONFIDENCE });
  const named = inputs.map((input, i) => withRun(input, runs[i]?.label ?? ""));
  return {
    manifest: mergedManifest(first.manifest, runs, named),
    summary: mergedSummary(first.summary, runs, named),
    trials: named.flatMap(({ trials }) => trials),
    skipped: named.flatMap(({ skipped }) => skipped),
    ...(first.references && { references: first.references }),
    comparison: { runs, comparison, points: [baseline, ...candidates].flatMap(({ points }) => points) },
  };

  function mergedManifest(
    manifest: RunManifest,
    all: readonly ComparedRun[],
    inner: readonly ReportInput[],
  ): RunManifest {
    const { suite } = manifest;
    const hosts = inner.flatMap((input, i) => {
      return Object.entries(input.manifest.hosts).map(
        ([name, facts]) => [`${name}, run ${all[i]?.label}`, facts] as const,
      );
    });
    const { schedule: _, calibrations: __, ...rest } = manifest;
    return {
      ...rest,
      suite: { ...suite, title: `${suite.title}: ${all.length} runs` },
      points: interleaved(inner.map((input) => input.manifest.points)),
      hosts: Object.fromEntries(hosts),
      command: ["nicbench", "report", ...all.map((run) => run.manifest.run)],
      metrics: [
        ...new Map(
          [...others, first].flatMap((one) => one.manifest.metrics.map((metric) => [metric.name, metric])),
        ).values(),
      ],
    };
  }
}

/** `20261121T051415Z-bd0a`, as the suite's name is the title. */
function labelOf({ run, suite }: RunManifest): string {
  return run.startsWith(`${suite.name}-`) ? run.slice(suite.name.length + 1) : run;
}

function withRun({ manifest, summary, trials, skipped }: ReportInput, label: string): ReportInput {
  const idOf = (point: string): string => `${point}-${label}`;
  const extended = <T extends { readonly id: string; readonly params: PointSummary["params"] }>(point: T): T => ({
    ...point,
    id: idOf(point.id),
    params: { ...point.params, [RUN]: label },
  });
  return {
    manifest: { ...manifest, points: manifest.points.map(extended) },
    summary: { ...summary, points: summary.points.map(extended), claims: [] },
    trials: trials.map((trial) => ({ ...trial, point: idOf(trial.point) })),
    skipped: skipped.map((skip) => ({ ...skip, point: idOf(skip.point) })),
  };
}

function mergedSummary(first: Summary, runs: readonly ComparedRun[], inner: readonly ReportInput[]): Summary {
  const sum = (status: keyof Summary["trials"]): number =>
    runs.reduce((total, { summary }) => total + (summary.trials[status] ?? 0), 0);
  return {
    ...first,
    outcome: runs.every(({ summary }) => summary.outcome === "complete") ? "complete" : "interrupted",
    trials: {
      ok: sum("ok"),
      suspect: sum("suspect"),
      failed: sum("failed"),
      skipped: sum("skipped"),
      ...reusedOf(sum("reused")),
    },
    points: interleaved(inner.map(({ summary }) => summary.points)),
    claims: [],
  };
}

function reusedOf(reused: number): Pick<Summary["trials"], "reused"> {
  return reused === 0 ? {} : { reused };
}

/** In the first run's order, the same point of all runs together. */
function interleaved<T extends { readonly params: PointSummary["params"] }>(
  lists: readonly (readonly T[])[],
): readonly T[] {
  return [...groupBy(lists.flat(), ({ params: { [RUN]: _, ...params } }) => JSON.stringify(params)).values()].flat();
}
