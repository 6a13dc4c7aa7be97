/**
 * Is the gate right? Its decisions about trials of which the truth is known: of one build, and of the same build slowed
 * down on purpose (`slowdown`), as `suites/selftest/statistics.yaml` records them in interleaved rounds.
 *
 * Many gates are played with the rounds of one recording, in each design:
 *
 * - `stored baseline`: the baseline is a stretch of consecutive rounds of the build as it is, or several as so many runs,
 *   and each run that the gate measures is another stretch, of the build as it is or of a slowed one. Stretches keep what
 *   neighbouring trials have in common, as a block bootstrap does (Künsch, "The jackknife and the bootstrap for general
 *   stationary observations", Annals of Statistics 17, 1989); those of one gate never overlap. A regression is confirmed by
 *   another run.
 * - `noise floor`: the same with a baseline of one run, and what this recording says of how much runs differ.
 * - `side by side`: a pair is a trial of each build in one round. One build against itself is two trials of neighbouring
 *   rounds, in random order.
 *
 * The decisions are the gate's own code. What differs between days is not in one recording.
 */
import { countedTrials } from "../results/counted.js";
import { seededRandom } from "../statistics/random.js";
import { spreadsOf, type NoiseFloor } from "./noise_floor.js";
import { gateInPairs, type RunPair } from "./pairs.js";
import { gateInRounds } from "./rounds.js";
import { samplesOfRun, type SampleSet, type SampleSets } from "./samples.js";
import type { Run } from "../results/reader.js";
import type { GateRule } from "../suite/model.js";
import type { Judgement, Outcome } from "./judge.js";

export interface SelfTestOptions {
  readonly rules: readonly GateRule[];
  /** Trials of each run, or most pairs. */
  readonly lengths: readonly number[];
  /** Played for each length and slow-down. */
  readonly gates: number;
  /** Runs that one gate may measure: the first, and those that confirm or decide. */
  readonly runs: number;
  readonly seed: number;
}

export type Design = keyof typeof DESIGNS;

/** How many runs a baseline has, and whether the noise floor is known. */
const DESIGNS = {
  "stored baseline (1 run)": { baselineRuns: 1, withFloor: false },
  "1 run and noise floor": { baselineRuns: 1, withFloor: true },
  "stored baseline (10 runs)": { baselineRuns: 10, withFloor: false },
  "side by side": undefined,
} as const;

/** Trials of the stretches that the noise floor comes from. */
const FLOOR_TRIALS = 10;

export interface SelfTestRow {
  readonly design: Design;
  /** Share by which the rate was to fall. */
  readonly slowdown: number;
  readonly length: number;
  readonly gates: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** Trials of each build that the gates measured, on average; of a stored baseline, only those held against it. */
  readonly measured: number;
}

/** The parameter that tells the points of a recording apart. */
export const SLOWDOWN = "slowdown";

/** Rows by design, length and slow-down. A length that the recording has not rounds enough for is left out. */
export async function selfTest(whole: Run, options: SelfTestOptions): Promise<readonly SelfTestRow[]> {
  const rows: SelfTestRow[] = [];
  const recording = withoutFacts(whole);
  const rounds = roundsOf(recording);
  const floor = noiseFloorOfRecording(recording).metrics;
  const slowdowns = recording.summary.points.map(({ params }) => Number(params[SLOWDOWN])).sort((a, b) => a - b);
  for (const design of Object.keys(DESIGNS) as readonly Design[]) {
    const stored = DESIGNS[design];
    const stretches = stored === undefined ? 2 : options.runs + stored.baselineRuns;
    for (const length of options.lengths.filter((one) => rounds >= stretches * one)) {
      for (const slowdown of slowdowns) {
        rows.push(await play(recording, { design, slowdown, length, rounds, floor }, options));
      }
    }
  }
  return rows;
}

/** All stretches share them, and reading them anew for each would take most of the time. */
function withoutFacts(recording: Run): Run {
  const { manifest } = recording;
  return { ...recording, manifest: { ...manifest, hosts: {}, conditions: {}, native: {}, points: [] } };
}

/** How much stretches of the build as it is differ; of no metric where there are less than two in the usual state. */
export function noiseFloorOfRecording(recording: Run): NoiseFloor {
  const { manifest } = recording;
  const [{ hostname, cpuModel } = { hostname: "", cpuModel: "" }] = Object.values(manifest.hosts);
  const count = Math.floor(roundsOf(recording) / FLOOR_TRIALS);
  const { state } = stretch(recording, 0, 0, count * FLOOR_TRIALS);
  const stretches = Array.from({ length: count }, (_, index) =>
    stretch(recording, 0, index * FLOOR_TRIALS, FLOOR_TRIALS, state),
  );
  return { schema: 1, run: manifest.run, hostname, cpuModel, trials: FLOOR_TRIALS, metrics: spreadsOf(stretches) };
}

/** Repetitions that every point has. */
export function roundsOf({ summary, trials }: Run): number {
  const counts = summary.points.map(({ id }) => countedTrials(trials.filter(({ point }) => point === id)).length);
  return Math.min(...counts);
}

interface Cell {
  readonly design: Design;
  readonly slowdown: number;
  readonly length: number;
  readonly rounds: number;
  readonly floor: NoiseFloor["metrics"];
}

async function play(recording: Run, cell: Cell, options: SelfTestOptions): Promise<SelfTestRow> {
  const random = seededRandom(options.seed);
  const outcomes: Record<Outcome, number> = { passed: 0, regressed: 0, inconclusive: 0, broken: 0 };
  let all = 0;
  for (let gate = 0; gate < options.gates; gate += 1) {
    const played = cell.design === "side by side" ? playPairs : playStored;
    const { judgement, measured } = await played(recording, cell, options, random);
    outcomes[judgement.outcome] += 1;
    all += measured;
  }
  const { design, slowdown, length } = cell;
  return { design, slowdown, length, gates: options.gates, outcomes, measured: all / options.gates };
}

interface Played {
  readonly judgement: Judgement;
  readonly measured: number;
}

async function playStored(
  recording: Run,
  cell: Cell,
  { rules, runs }: SelfTestOptions,
  random: () => number,
): Promise<Played> {
  const { baselineRuns = 1, withFloor = false } = DESIGNS[cell.design] ?? {};
  const starts = separateStarts(runs + baselineRuns, cell, random);
  const baseline = baselineOf(recording, starts.slice(0, baselineRuns), cell.length);
  const others = starts.slice(baselineRuns);
  let next = 0;
  const { judgement } = await gateInRounds({
    baseline,
    rules,
    floor: withFloor ? cell.floor : undefined,
    measure: async () => stretch(recording, cell.slowdown, others[next++] ?? 0, cell.length, baseline[0].state),
    budgetSeconds: runs, // of which each takes one
    now: () => next,
  });
  return { judgement, measured: next * cell.length };
}

function baselineOf(recording: Run, [start = 0, ...others]: readonly number[], length: number): SampleSets {
  const first = stretch(recording, 0, start, length);
  return [first, ...others.map((other) => stretch(recording, 0, other, length, first.state))];
}

async function playPairs(
  recording: Run,
  { slowdown, length, rounds }: Cell,
  { rules }: SelfTestOptions,
  random: () => number,
): Promise<Played> {
  const step = slowdown === 0 ? 2 : 1;
  const start = Math.floor(random() * (rounds - step * length + 1));
  const pair = async (index: number): Promise<RunPair> => {
    const round = start + index * step;
    const flipped = slowdown === 0 && random() < 0.5 ? 1 : 0;
    const baseline = stretch(recording, 0, round + flipped, 1);
    const other = slowdown === 0 ? round + 1 - flipped : round;
    return { baseline, candidate: stretch(recording, slowdown, other, 1, baseline.state) };
  };
  const budgetSeconds = Number.POSITIVE_INFINITY;
  const { judgement, pairs } = await gateInPairs({ rules, pairs: length, budgetSeconds, measure: pair, now: () => 0 });
  return { judgement, measured: pairs.length };
}

/** First rounds of so many stretches without a common round, in random order: all such choices are equally likely. */
function separateStarts(
  count: number,
  { length, rounds }: Pick<Cell, "length" | "rounds">,
  random: () => number,
): readonly number[] {
  const free = rounds - count * length;
  const gaps = Array.from({ length: count }, () => Math.floor(random() * (free + 1))).sort((a, b) => a - b);
  const starts = gaps.map((gap, index) => gap + index * length);
  for (let last = count - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [starts[last], starts[other]] = [starts[other] ?? 0, starts[last] ?? 0];
  }
  return starts;
}

/** The samples of one slow-down in some rounds, as if they were a run of a suite with one point. */
function stretch(
  { manifest, summary, trials, ...rest }: Run,
  slowdown: number,
  start: number,
  length: number,
  state?: SampleSet["state"],
): SampleSet {
  const points = summary.points.filter(({ params }) => params[SLOWDOWN] === slowdown);
  const wanted = new Set(points.map(({ id }) => id));
  const own = trials.filter(({ point, repetition }) => {
    return wanted.has(point) && repetition >= start && repetition < start + length;
  });
  const part = { ...rest, manifest, summary: { ...summary, points }, trials: own };
  const set = samplesOfRun(part, "leave-out", state);
  return {
    ...set,
    runs: [`rounds ${start} to ${start + length - 1}`],
    points: set.points.map((point) => ({ ...point, id: "build", params: {} })),
  };
}
