/** Which points other runs have measured already under the same circumstances, and for each that none has, why not. */
import { once } from "../../once.js";
import { changedFile, OBSTACLE } from "./circumstances.js";
import { runDirectories } from "../../results/query.js";
import { readManifest, readRun } from "../../results/reader.js";
import { readSummary } from "../../results/summaries.js";
import { createSchedule } from "../schedule.js";
import type {
  PlannedPoint,
  PointSummary,
  RunManifest,
  RunSchedule,
  Summary,
  TrialRecord,
} from "../../results/model.js";

export const REUSED = "reused";

export type Decision =
  | { readonly point: PlannedPoint; readonly run: string; readonly trials: readonly TrialRecord[] }
  | { readonly point: PlannedPoint; readonly why: string };

/** What is read of it is read once, however many points it has. */
interface Candidate {
  readonly manifest: RunManifest;
  readonly summary: () => Promise<Summary>;
  readonly trials: () => Promise<readonly TrialRecord[]>;
}

type Wanted = Pick<RunManifest, "points" | "circumstances" | "schedule" | "seed">;

/** @param root folder of the runs that are looked at, the newest first */
export async function findReusable(wanted: Wanted, root: string): Promise<readonly Decision[]> {
  const candidates = (await candidatesIn(root)).toReversed();
  const decisions: Decision[] = [];
  for (const point of wanted.points) decisions.push(await decide(point, wanted, candidates));
  return decisions;
}

/** A trial of another run as one of this one: what it says of itself stays, and where it comes from is added. */
function asReused(trial: TrialRecord, run: string): TrialRecord {
  const flags = trial.flags.includes(REUSED) ? trial.flags : [...trial.flags, REUSED];
  return { ...trial, flags, reused: trial.reused ?? run };
}

async function decide(point: PlannedPoint, wanted: Wanted, candidates: readonly Candidate[]): Promise<Decision> {
  const obstacle = wanted.circumstances?.[OBSTACLE];
  if (obstacle !== undefined) return { point, why: obstacle };
  let why: string | undefined;
  for (const { manifest, summary, trials: all } of candidates) {
    const other = manifest.points.find(({ id }) => id === point.id);
    if (other === undefined) continue;
    const reason = differenceOf(point, wanted, other, manifest) ?? (await doubtAbout(point, summary));
    if (reason !== undefined) {
      why ??= `${reason} (${manifest.run})`;
      continue;
    }
    const trials = (await all()).filter((trial) => trial.point === point.id);
    if (isWhole(point, wanted, trials)) {
      return { point, run: manifest.run, trials: trials.map((trial) => asReused(trial, manifest.run)) };
    }
    why ??= `it was not measured to its end (${manifest.run})`;
  }
  return { point, why: why ?? "no run has measured a point with these parameters" };
}

/** Undefined if the addresses are the same. */
function differenceOf(
  point: PlannedPoint,
  { circumstances = {} }: Wanted,
  other: PlannedPoint,
  manifest: RunManifest,
): string | undefined {
  if (point.key !== undefined && point.key === other.key) return undefined;
  if (manifest.circumstances === undefined) return "its circumstances were not kept";
  const changed = changedFile(point, other);
  if (changed !== undefined) return `the ${changed} has other content`;
  const before = manifest.circumstances;
  const names = [...new Set([...Object.keys(circumstances), ...Object.keys(before)])];
  const differing = names.filter((name) => circumstances[name] !== before[name]);
  const texts = differing
    .slice(0, SHOWN)
    .map((name) => `${name} was ${short(before[name])}, is ${short(circumstances[name])}`);
  return `${texts.join("; ")}${differing.length > SHOWN ? `; and ${differing.length - SHOWN} more` : ""}`;
}

const SHOWN = 3;
const SHOWN_LETTERS = 60;

function short(text = "unknown"): string {
  return text.length > SHOWN_LETTERS ? `${text.slice(0, SHOWN_LETTERS)}…` : text === "" ? "empty" : text;
}

/** Only what nobody doubted is used again; a second chance is what the others need. */
async function doubtAbout({ id }: PlannedPoint, read: Candidate["summary"]): Promise<string | undefined> {
  const summary = (await read()).points.find((point) => point.id === id);
  return summary === undefined || isClean(summary)
    ? undefined
    : `it was ${summary.status}, ${summary.flags.join(", ")}`;
}

function isClean({ status, flags }: PointSummary): boolean {
  return status === "ok" && !flags.includes("failed-trials");
}

/** The schedule has nothing left to ask for: new trials are not mixed with old ones in one point. */
function isWhole(point: PlannedPoint, { schedule, seed }: Wanted, trials: readonly TrialRecord[]): boolean {
  const rule: Pick<RunSchedule, "order" | "repeat"> | undefined = schedule;
  if (rule === undefined || trials.length === 0) return false;
  return createSchedule({ points: [point.id], skipped: new Set(), rule, seed }, trials).next() === undefined;
}

/** Those that cannot be read are left out. */
async function candidatesIn(root: string): Promise<readonly Candidate[]> {
  const read = (await runDirectories(root)).map(async (directory) => {
    const manifest = await readManifest(directory).catch(() => undefined);
    return manifest === undefined ? [] : [candidateOf(directory, manifest)];
  });
  return (await Promise.all(read)).flat();
}

function candidateOf(directory: string, manifest: RunManifest): Candidate {
  return {
    manifest,
    summary: once(() => readSummary(directory)),
    trials: once(async () => (await readRun(directory)).trials),
  };
}
