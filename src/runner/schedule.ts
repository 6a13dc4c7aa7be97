/**
 * Which trial comes next: pure, from the plan and the trials so far. A resumed run hands in the trials of
 * its journal and goes on where it stopped; nothing else is remembered.
 *
 * Rounds: each point that still needs a repetition gets one, in shuffled order, before any gets its next.
 * A trial that was suspect or failed is run again at the end of its round, when whatever disturbed it has
 * had time to pass.
 *
 * - suspect: run again at most twice a repetition, and in all at most a quarter of the planned trials; not at
 *   all if the point's trial before it was suspect for the same reasons, since that will not pass.
 * - failed: run again, until the point has failed {@link MAX_FAILED} times; then the point is given up.
 */
import { countedTrials } from "../results/counted.js";
import { shuffledOrder } from "./order.js";
import { needsRepetition, ownRepetitions } from "./stopping.js";
import type { RunSchedule, TrialRecord } from "../results/model.js";

export interface Task {
  /** Position in the plan's points. */
  readonly index: number;
  readonly repetition: number;
  readonly attempt: number;
}

export interface ScheduleInput {
  /** Ids of the plan's points, in its order. */
  readonly points: readonly string[];
  /** Points that are not run. */
  readonly skipped: ReadonlySet<string>;
  readonly rule: Pick<RunSchedule, "order" | "repeat">;
  readonly seed: number;
}

/** What the schedule needs of a trial. */
export type PastTrial = Pick<TrialRecord, "point" | "repetition" | "attempt" | "status" | "flags" | "metrics">;

export interface Schedule {
  /** The next trial, or undefined when all is done. Each must be recorded before the next is asked for. */
  next(): Task | undefined;
  record(trial: PastTrial): void;
  /**
   * Adds a repetition of each of these points, as far as the rule allows more for claims. Each trial must be recorded.
   *
   * @returns false if none may have one
   */
  extend(points: ReadonlySet<string>): boolean;
  /** True once the point has failed too often. */
  isGivenUp(point: string): boolean;
  /** Repetitions that are settled and that are expected in all. */
  progress(): { readonly done: number; readonly expected: number };
}

export const MAX_FAILED = 3;
const MAX_SUSPECT_RERUNS = 2;
const RERUN_SHARE = 0.25;

export function createSchedule(input: ScheduleInput, history: readonly PastTrial[] = []): Schedule {
  const { points, skipped, rule } = input;
  const states = points.map((id, index) => createState(id, index));
  const byId = new Map(states.map((state) => [state.id, state]));
  const active = states.filter(({ id }) => !skipped.has(id));
  const budget = { reruns: Math.ceil(active.length * rule.repeat.min * RERUN_SHARE) };

  const record = (trial: PastTrial): void => {
    const state = byId.get(trial.point);
    if (state === undefined) return;
    addTrial(state, trial, budget);
  };
  history.forEach(record);

  let tasks = rule.order === "sequential" ? oneAfterTheOther(active, input) : roundByRound(active, input);
  const extend = (wanted: ReadonlySet<string>): boolean => {
    const open = active.filter((state) => wanted.has(state.id) && mayGoOn(state, rule.repeat));
    tasks = onceMore(open, input);
    return open.length > 0;
  };
  return {
    next: () => tasks.next().value ?? undefined,
    record,
    extend,
    isGivenUp: (point) => isGivenUp(byId.get(point)),
    progress: () => ({
      done: active.reduce((sum, state) => sum + state.settled.size, 0),
      expected: active.reduce((sum, state) => sum + expected(state, rule.repeat.min), 0),
    }),
  };
}

interface PointState {
  readonly id: string;
  readonly index: number;
  readonly trials: PastTrial[];
  /** Repetitions that need no further attempt. */
  readonly settled: Set<number>;
  failed: number;
  /** Repetitions that it is known to need; `finished` when it needs no more. */
  needed: number;
  finished: boolean;
}

function createState(id: string, index: number): PointState {
  return { id, index, trials: [], settled: new Set(), failed: 0, needed: 0, finished: false };
}

/** @param budget what the whole run may still run again; spent here */
function addTrial(state: PointState, trial: PastTrial, budget: { reruns: number }): void {
  const before = state.trials.at(-1);
  state.trials.push(trial);
  if (trial.status === "failed") state.failed += 1;
  if (trial.status === "ok") state.settled.add(trial.repetition);
  if (trial.status !== "suspect") return;
  if (budget.reruns > 0 && worthAnother(state, trial, before)) budget.reruns -= 1;
  else state.settled.add(trial.repetition);
}

function worthAnother(state: PointState, trial: PastTrial, before: PastTrial | undefined): boolean {
  const suspects = attempts(state, trial.repetition).filter(({ status }) => status === "suspect").length;
  const persists = before?.status === "suspect" && sameFlags(before, trial);
  return suspects <= MAX_SUSPECT_RERUNS && !persists;
}

function* roundByRound(
  active: readonly PointState[],
  { points, rule, seed }: ScheduleInput,
): Generator<Task, undefined> {
  const places = new Map(active.map((state) => [state.index, state]));
  for (let round = 0; round < rule.repeat.max; round += 1) {
    const order = shuffledOrder(points.length, seed, round);
    const inOrder = order.map((index) => places.get(index)).filter((state) => state !== undefined);
    const needing = inOrder.filter((state) => needs(state, round, rule.repeat));
    if (needing.length === 0) return undefined;
    yield* untilSettled(needing, round);
  }
  return undefined;
}

function* oneAfterTheOther(active: readonly PointState[], { rule }: ScheduleInput): Generator<Task, undefined> {
  for (const state of active) {
    for (let round = 0; needs(state, round, rule.repeat); round += 1) yield* untilSettled([state], round);
  }
  return undefined;
}

/** Each at its own number, since the rule asked for more of some than of others. */
function* onceMore(states: readonly PointState[], { points, seed }: ScheduleInput): Generator<Task, undefined> {
  const rounds = new Map(states.map((state) => [state.index, state.settled.size]));
  for (const index of shuffledOrder(points.length, seed, Math.max(...rounds.values()))) {
    const state = states.find((one) => one.index === index);
    const repetition = rounds.get(index);
    if (state !== undefined && repetition !== undefined) yield* untilSettled([state], repetition);
  }
  return undefined;
}

/** Counted from the trials alone, so that a resumed run goes on where it stopped. */
function mayGoOn(state: PointState, rule: RunSchedule["repeat"]): boolean {
  const further = state.settled.size - ownRepetitions(rule, (round) => valuesBefore(state, round, rule));
  return !isGivenUp(state) && further < (rule.forClaims ?? 0);
}

/** One attempt for each point that is not settled, then the next for those that still are not. */
function* untilSettled(states: readonly PointState[], repetition: number): Generator<Task, undefined> {
  const isOpen = (state: PointState): boolean => !isGivenUp(state) && !state.settled.has(repetition);
  for (let open = states.filter(isOpen); open.length > 0; open = open.filter(isOpen)) {
    for (const state of open) {
      yield { index: state.index, repetition, attempt: attempts(state, repetition).length };
    }
  }
  return undefined;
}

/** Decided from the repetitions before `round` only, so that a resumed run decides the same. */
function needs(state: PointState, round: number, rule: RunSchedule["repeat"]): boolean {
  state.finished = isGivenUp(state) || !needsRepetition(rule, round, valuesBefore(state, round, rule));
  if (!state.finished) state.needed = round + 1;
  return !state.finished;
}

function valuesBefore(state: PointState, round: number, { until }: RunSchedule["repeat"]): readonly number[] {
  const earlier = countedTrials(state.trials).filter(({ repetition }) => repetition < round);
  return earlier.map(({ metrics }) => metrics[until?.metric ?? ""]).filter((value) => value !== undefined);
}

function expected(state: PointState, min: number): number {
  const settled = state.settled.size;
  return state.finished || isGivenUp(state) ? settled : Math.max(min, state.needed, settled);
}

function isGivenUp(state: PointState | undefined): boolean {
  return state !== undefined && state.failed >= MAX_FAILED;
}

function attempts(state: PointState, repetition: number): readonly PastTrial[] {
  return state.trials.filter((trial) => trial.repetition === repetition);
}

function sameFlags(a: PastTrial, b: PastTrial): boolean {
  return a.flags.toSorted().join() === b.flags.toSorted().join();
}
