/** What a run tells while it goes on; the command line renders it, tests listen to it. */
import type { PlannedPoint, SkippedPoint, Summary, TrialRecord } from "../results/model.js";
import type { RunPlan } from "./plan.js";

export type RunEvent =
  | { readonly type: "run-start"; readonly runDirectory: string; readonly plan: RunPlan; readonly progress: Progress }
  | { readonly type: "skip"; readonly skip: SkippedPoint; readonly point: PlannedPoint }
  | {
      readonly type: "trial-start";
      readonly point: PlannedPoint;
      readonly repetition: number;
      readonly attempt: number;
    }
  | {
      readonly type: "trial-end";
      readonly point: PlannedPoint;
      readonly trial: TrialRecord;
      readonly progress: Progress;
    }
  /** The point failed too often to be tried again. */
  | { readonly type: "point-given-up"; readonly point: PlannedPoint; readonly reason: string }
  | { readonly type: "warning"; readonly message: string; readonly hint?: string | undefined }
  | { readonly type: "stopping" }
  | { readonly type: "run-end"; readonly summary: Summary };

/** Trials done and still expected, counting one a repetition; the expectation moves as points converge. */
export interface Progress {
  readonly done: number;
  readonly expected: number;
  /** Estimate of what is left, in seconds. */
  readonly secondsLeft: number;
}

export type RunListener = (event: RunEvent) => void;
