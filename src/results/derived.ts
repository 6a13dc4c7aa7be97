/** The files of a run directory that follow from its journal: written at its end, and again after a resume. */
import { stringify } from "csv-stringify/sync";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { mergeHistograms, toHgrm } from "../statistics/hdr.js";
import { countedTrials, groupByPoint } from "./counted.js";
import { walkJournal } from "./journal.js";
import { onStorage, writeWhole } from "./storage.js";
import type { FileHandle } from "node:fs/promises";
import type { LightTrial } from "./summary.js";
import type { LatencyHistogram, MetricDefinition, ParamValue, RunManifest, Summary, TrialRecord } from "./model.js";

/**
 * Writes `samples.csv`, `summary.json`, `timeseries.csv` and `latency/*.hgrm`. The journal is read as a
 * stream, since its histograms may be larger than memory.
 *
 * @throws {UserError} DISK_FULL, RESULTS_READ_ONLY; the journal still has everything
 */
export async function writeDerived(
  directory: string,
  manifest: RunManifest,
  trials: readonly LightTrial[],
  summary: Summary,
): Promise<void> {
  await onStorage(directory, async () => {
    await writeWhole(join(directory, "summary.json"), `${JSON.stringify(summary, null, 2)}\n`);
    await writeWhole(join(directory, "samples.csv"), samplesCsv(manifest, trials));
    await writeBulk(directory, trials);
  });
}

/**
 * Tidy: one row a trial and metric. A failed trial has one row without metric, so that no trial is missing.
 */
export function samplesCsv({ points, metrics }: RunManifest, trials: readonly LightTrial[]): string {
  const names = [...new Set(points.flatMap(({ params }) => Object.keys(params)))];
  const paramsOf = new Map(points.map(({ id, params }) => [id, params]));
  const rows = trials.flatMap((trial) => {
    const params = names.map((name) => cell(paramsOf.get(trial.point)?.[name]));
    const start = [trial.point, trial.repetition, trial.attempt, ...params];
    return samplesOf(trial, metrics).map((sample) => [...start, ...sample, trial.status]);
  });
  return stringify([["point", "repetition", "attempt", ...names, "metric", "value", "unit", "status"], ...rows]);
}

function samplesOf(trial: LightTrial, metrics: readonly MetricDefinition[]): readonly (readonly (string | number)[])[] {
  const samples = metrics.flatMap(({ name, unit }) => {
    const value = trial.metrics[name];
    return value === undefined ? [] : [[name, value, unit]];
  });
  return samples.length === 0 ? [["", "", ""]] : samples;
}

/** Not left to csv-stringify, which writes `true` as 1. */
function cell(value: ParamValue | undefined): string {
  return value === undefined ? "" : String(value);
}

async function writeBulk(directory: string, trials: readonly LightTrial[]): Promise<void> {
  const counted = new Set([...groupByPoint(trials).values()].flatMap(countedTrials).map(keyOf));
  const latencies = new Map<string, LatencyHistogram>();
  const series = seriesWriter(join(directory, "timeseries.csv"));
  for await (const entry of walkJournal(join(directory, "journal.ndjson"))) {
    if (entry.type !== "trial") continue;
    await series.write(entry);
    if (entry.latency === undefined || !counted.has(keyOf(entry))) continue;
    const before = latencies.get(entry.point);
    latencies.set(entry.point, before === undefined ? entry.latency : mergeHistograms([before, entry.latency]));
  }
  await series.end();
  await writeLatencies(join(directory, "latency"), latencies);
}

async function writeLatencies(directory: string, latencies: ReadonlyMap<string, LatencyHistogram>): Promise<void> {
  if (latencies.size > 0) await mkdir(directory, { recursive: true });
  for (const [point, histogram] of latencies) await writeWhole(join(directory, `${point}.hgrm`), toHgrm(histogram));
}

/** `timeseries.csv`, created when the first trial has a series. */
function seriesWriter(file: string) {
  const draft = `${file}.part`;
  let handle: FileHandle | undefined;
  const create = async (): Promise<FileHandle> => {
    const created = await open(draft, "w");
    await created.appendFile(stringify([["point", "repetition", "attempt", "t", "counter", "value", "unit"]]));
    return created;
  };
  return {
    write: async (trial: TrialRecord): Promise<void> => {
      if (trial.series === undefined) return;
      handle ??= await create();
      await handle.appendFile(stringify(seriesRows(trial)));
    },
    end: async (): Promise<void> => {
      if (handle === undefined) return rm(file, { force: true });
      await handle.close();
      await rename(draft, file);
    },
  };
}

function seriesRows({ point, repetition, attempt, series }: TrialRecord): (string | number)[][] {
  if (series === undefined) return [];
  return Object.entries(series.columns).flatMap(([counter, { unit, values }]) =>
    values.map((value, index) => [point, repetition, attempt, series.t[index] ?? "", counter, value, unit]),
  );
}

function keyOf({ point, repetition, attempt }: Pick<TrialRecord, "point" | "repetition" | "attempt">): string {
  return `${point}/${repetition}/${attempt}`;
}
