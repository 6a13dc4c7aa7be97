/** What a run will do, before it does it: points, trials, time. */
import type { Experiment, HostsOfPoint, Programs } from "../experiments/experiment.js";
import type { NativeInfo } from "../agent/protocol.js";
import type { Calibration } from "../results/calibration.js";
import type { HostFacts, MetricDefinition, PlannedPoint, RunSchedule, SkippedPoint } from "../results/model.js";

export interface RunPlan {
  readonly experiment: Experiment;
  /** Of the experiment, or the suite's own. */
  readonly metrics: readonly MetricDefinition[];
  /** Of the roles that programs play which are not ours. */
  readonly programs: Programs;
  readonly points: readonly PlannedPoint[];
  readonly skipped: readonly SkippedPoint[];
  readonly schedule: RunSchedule;
  readonly seed: number;
  /** Of wires that the generator sends on, those that there are. */
  readonly calibrations: readonly Calibration[];
  /** Trials without those that are run again. */
  readonly trials: { readonly min: number; readonly max: number };
  /** Estimated time of as many trials. */
  readonly seconds: { readonly min: number; readonly max: number };
}

export interface PlanInput {
  readonly experiment: Experiment;
  readonly metrics?: readonly MetricDefinition[] | undefined;
  readonly programs?: Programs | undefined;
  readonly points: readonly PlannedPoint[];
  readonly schedule: RunSchedule;
  readonly seed: number;
  readonly calibrations?: readonly Calibration[] | undefined;
  /** Of the host that the point's data path runs on; without it no point is skipped. */
  readonly host?: { readonly native: NativeInfo; readonly facts: HostFacts } | undefined;
}

/** Set-up, drain, settle and clean-up of a trial, beside warm-up and duration: what small tables take. */
export const TRIAL_OVERHEAD_SECONDS = 0.4;

export function makePlan(input: PlanInput): RunPlan {
  const {
    experiment,
    metrics = experiment.metrics,
    programs = {},
    points,
    schedule,
    seed,
    calibrations = [],
    host,
  } = input;
  const hosts = host && { ...host, roles: schedule.roles, programs };
  const skipped = hosts === undefined ? [] : points.flatMap((point) => skipOf(experiment, point, hosts));
  const isSkipped = new Set(skipped.map(({ point }) => point));
  const times = points.flatMap(({ id }, index) =>
    isSkipped.has(id) ? [] : [trialSeconds({ experiment, points, schedule }, index)],
  );
  const round = times.reduce((sum, seconds) => sum + seconds, 0);
  const { min, max: own, forClaims = 0 } = schedule.repeat;
  const max = own + forClaims;
  return {
    experiment,
    metrics,
    programs,
    points,
    skipped,
    schedule,
    seed,
    calibrations,
    trials: { min: times.length * min, max: times.length * max },
    seconds: { min: round * min, max: round * max },
  };
}

/** Estimated time of one trial of the point at `index`. */
export function trialSeconds(
  { experiment, points, schedule }: Pick<RunPlan, "experiment" | "points" | "schedule">,
  index: number,
): number {
  const { warmupSeconds, durationSeconds } = schedule.times[index] ?? { warmupSeconds: 0, durationSeconds: 0 };
  const measurements = experiment.measurements?.(points[index]?.resolved, durationSeconds) ?? 1;
  return measurements * (warmupSeconds + durationSeconds + TRIAL_OVERHEAD_SECONDS);
}

function skipOf(experiment: Experiment, { id, resolved }: PlannedPoint, hosts: HostsOfPoint): readonly SkippedPoint[] {
  const reason = experiment.cannotRun(resolved, hosts);
  return reason === undefined ? [] : [{ type: "skip", point: id, reason }];
}
