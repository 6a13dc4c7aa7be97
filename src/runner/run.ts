/** The loop of a run: next trial from the schedule, run it, put it on disk, tell. */
import { messageOf } from "../errors.js";
import { createSchedule, MAX_FAILED } from "./schedule.js";
import { trialSeconds } from "./plan.js";
import { runTrial } from "./trial.js";
import type { Progress, RunListener } from "./events.js";
import type { RunPlan } from "./plan.js";
import type { Schedule, Task } from "./schedule.js";
import type { Agents } from "./trial.js";
import type { PlannedPoint, Summary, TrialRecord } from "../results/model.js";
import type { JudgeClaims, RunWriter } from "../results/writer.js";

export interface RunInput {
  readonly plan: RunPlan;
  readonly writer: RunWriter;
  readonly agents: Agents & {
    /** Makes the running trial end early. */
    stopTrials(): Promise<void>;
    kill(): void;
  };
  readonly onEvent: RunListener;
  /** Aborted to stop after the trial that is running, which is stopped and not kept. */
  readonly signal: AbortSignal;
  readonly now?: () => Date;
  /** Judges the suite's claims when the trials are over, also after an interrupt. Left out, none is judged. */
  readonly judge?: JudgeClaims;
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
    const summary = await writer.finish(signal.aborted ? "interrupted" : "complete", judgeOf(input));
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

async function announce({ plan, writer, onEvent, now = () => new Date() }: RunInput): Promise<void> {
  const resumed = writer.trials.length + writer.skipped.length > 0;
  await writer.append({ type: resumed ? "resume" : "start", at: now().toISOString(), pid: process.pid });
  const known = new Set(writer.skipped.map(({ point }) => point));
  for (const skip of plan.skipped) {
    if (!known.has(skip.point)) await writer.append(skip);
  }
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

async function runTrials({ plan, writer, agents, onEvent, signal, now = () => new Date() }: RunInput): Promise<void> {
  const schedule = scheduleOf(plan, writer);
  const onOutage = (message: string): void => onEvent({ type: "warning", message });
  for (let task = schedule.next(); task !== undefined && !signal.aborted; task = schedule.next()) {
    const point = pointOf(plan, task);
    onEvent({ type: "trial-start", point, repetition: task.repetition, attempt: task.attempt });
    const trial = await runTrial(plan, task, agents, { now, signal, onOutage });
    if (signal.aborted && trial.status === "failed") return; // by our stop, most likely; resume runs it again
    await writer.append(trial);
    schedule.record(trial);
    onEvent({ type: "trial-end", point, trial, progress: progressOf(plan, schedule) });
    if (trial.status === "failed" && schedule.isGivenUp(point.id)) onEvent(givenUp(point, trial));
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
