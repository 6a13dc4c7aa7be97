/** The loop of a run: next trial from the schedule, run it, put it on disk, tell. */
import { messageOf } from "../errors.js";
import { bestReadings } from "./drift.js";
import { paddingOf } from "./layout.js";
import { createSchedule, MAX_FAILED } from "./schedule.js";
import { summariseRun } from "../results/summary.js";
import { trialSeconds } from "./plan.js";
import { runTrial } from "./trial.js";
import type { Progress, RunListener } from "./events.js";
import type { RunPlan } from "./plan.js";
import type { Schedule, Task } from "./schedule.js";
import type { Agents } from "./trial.js";
import type { HostChange, PlannedPoint, Summary, TrialRecord } from "../results/model.js";
import type { JudgeClaims, RunWriter } from "../results/writer.js";

export interface RunInput {
  readonly plan: RunPlan;
  readonly writer: RunWriter;
  readonly agents: Agents & {
    /** Makes the running trial end early. */
    stopTrials(): Promise<void>;
    /** Ends all agents, so that the next are new processes whose environment is longer by so many bytes. */
    renew?(paddingBytes: number): Promise<void>;
    kill(): void;
  };
  readonly onEvent: RunListener;
  /** Trials of earlier runs that count as this run's. */
  readonly reused?: readonly TrialRecord[];
  /** Aborted to stop after the trial that is running, which is stopped and not kept. */
  readonly signal: AbortSignal;
  readonly now?: () => Date;
  /** Looks at the hosts again when all trials are over. Left out, nobody does. */
  readonly lookAgain?: () => Promise<readonly HostChange[]>;
  /** Judges the suite's claims when the trials are over, also after an interrupt. Left out, none is judged. */
  readonly judge?: JudgeClaims;
  /** Ids of the points on which claims rest that a summary leaves open. Left out, no claim asks for more trials. */
  readonly openPoints?: (summary: Summary) => Promise<ReadonlySet<string>>;
}

/**
 * Runs what the journal lacks of the plan, then writes the summary.
 *
 * @throws {UserError} DISK_FULL and other errors of storage; every finished trial is in the journal then
 */
export async function executeRun(input: RunInput): Promise<Summary> {
  const { writer, signal, onEvent, agents } = input;
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    onEvent({ type: "stopping" });
    void agents.stopTrials();
    timer = setTimeout(agents.kill, STOP_TIMEOUT_MS);
  };
  signal.addEventListener("abort", stop, { once: true });
  try {
    await announce(input);
    await runTrials(input);
    const changes = signal.aborted ? undefined : await input.lookAgain?.();
    const summary = await writer.finish(signal.aborted ? "interrupted" : "complete", judgeOf(input), changes);
    onEvent({ type: "run-end", summary });
    return summary;
  } catch (error) {
    await writer.finish("interrupted", judgeOf(input)).catch(() => undefined);
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
    clearTimeout(timer);
  }
}

/** A trial that does not stop when asked hangs; its agent is then killed. */
const STOP_TIMEOUT_MS = 5000;

/** Whatever happens to the verdicts, the numbers are written. */
function judgeOf({ judge, onEvent }: RunInput): JudgeClaims | undefined {
  if (judge === undefined) return undefined;
  return async (summary) => {
    try {
      return await judge(summary);
    } catch (error) {
      onEvent({ type: "warning", message: `the claims of the suite were not judged: ${messageOf(error)}` });
      return [];
    }
  };
}

async function announce({ plan, writer, onEvent, reused = [], now = () => new Date() }: RunInput): Promise<void> {
  const resumed = writer.trials.length + writer.skipped.length > 0;
  await writer.append({ type: resumed ? "resume" : "start", at: now().toISOString(), pid: process.pid });
  const known = new Set(writer.skipped.map(({ point }) => point));
  for (const skip of plan.skipped) {
    if (!known.has(skip.point)) await writer.append(skip);
  }
  for (const trial of reused) await writer.append(trial);
  onEvent({
    type: "run-start",
    runDirectory: writer.directory,
    plan,
    progress: progressOf(plan, scheduleOf(plan, writer)),
  });
  const points = new Map(plan.points.map((point) => [point.id, point]));
  for (const skip of writer.skipped) {
    const point = points.get(skip.point);
    if (point !== undefined) onEvent({ type: "skip", skip, point });
  }
}

async function runTrials(input: RunInput): Promise<void> {
  const { plan, writer, agents, onEvent, signal, now = () => new Date() } = input;
  const schedule = scheduleOf(plan, writer);
  const onOutage = (message: string): void => onEvent({ type: "warning", message });
  let padding: number | undefined;
  let best = bestReadings(writer.trials.map(({ environment }) => environment));
  for (let task = await nextTask(schedule, input); task !== undefined; task = await nextTask(schedule, input)) {
    const point = pointOf(plan, task);
    onEvent({ type: "trial-start", point, repetition: task.repetition, attempt: task.attempt });
    const wanted = paddingOf(plan, task);
    if (wanted !== undefined && wanted !== padding) await agents.renew?.(wanted);
    padding = wanted;
    const trial = withPadding(await runTrial(plan, task, agents, { now, signal, onOutage, best }), padding);
    if (signal.aborted && trial.status === "failed") return; // by our stop, most likely; resume runs it again
    await writer.append(trial);
    best = bestReadings([trial.environment], best);
    schedule.record(trial);
    onEvent({ type: "trial-end", point, trial, progress: progressOf(plan, schedule) });
    if (trial.status === "failed" && schedule.isGivenUp(point.id)) onEvent(givenUp(point, trial));
  }
}

function withPadding(trial: TrialRecord, padding: number | undefined): TrialRecord {
  return padding === undefined ? trial : { ...trial, notes: { ...trial.notes, environmentPadding: padding } };
}

/** Those that the repeat rule asks for; then, round by round, those that open claims do. Undefined also when stopped. */
async function nextTask(schedule: Schedule, input: RunInput): Promise<Task | undefined> {
  if (input.signal.aborted) return undefined;
  return schedule.next() ?? (schedule.extend(await pointsLeftOpen(input)) ? schedule.next() : undefined);
}

async function pointsLeftOpen({ plan, writer, openPoints, onEvent }: RunInput): Promise<ReadonlySet<string>> {
  if (openPoints === undefined || (plan.schedule.repeat.forClaims ?? 0) === 0) return new Set();
  try {
    return await openPoints(summariseRun(writer.manifest, writer, "complete"));
  } catch (error) {
    onEvent({ type: "warning", message: `no trial was added for claims: ${messageOf(error)}` });
    return new Set();
  }
}

function scheduleOf({ points, schedule, seed }: RunPlan, { skipped, trials }: RunWriter): Schedule {
  const skips = new Set(skipped.map(({ point }) => point));
  return createSchedule({ points: points.map(({ id }) => id), skipped: skips, rule: schedule, seed }, trials);
}

function progressOf(plan: RunPlan, schedule: Schedule): Progress {
  const { points } = plan;
  const { done, expected } = schedule.progress();
  const total = points.reduce((sum, _, index) => sum + trialSeconds(plan, index), 0);
  return { done, expected, secondsLeft: (expected - done) * (total / Math.max(1, points.length)) };
}

function pointOf({ points }: RunPlan, { index }: Task): PlannedPoint {
  const point = points[index];
  if (point === undefined) throw new Error(`the plan has no point ${index}`);
  return point;
}

function givenUp(point: PlannedPoint, { reason }: TrialRecord) {
  const said = `${MAX_FAILED} trials of it failed, so it is given up. The last one: ${reason ?? "no reason"}`;
  return { type: "point-given-up", point, reason: said } as const;
}
