/**
 * Frame loss rate against load: RFC 2544, section 26.3. From the largest rate down in even steps, until two trials in
 * succession lose no frame; what lies below is not measured. Steps are at most a tenth of the largest rate.
 */
import type { Budget, Trial, TrialRequest } from "./model.js";
import { stepOf } from "./model.js";

export interface CurveOptions {
  readonly maxLoad: number;
  /** Distance of the loads as a share of the largest: 0.1 or less. */
  readonly step: number;
  readonly durationSeconds: number;
  readonly budget: Budget;
}

export type CurveStep =
  | { readonly type: "trial"; readonly request: TrialRequest }
  /**
   * `complete`: two trials without loss. `exhausted`: all loads were tried, and no two in succession went without loss.
   * `out-of-budget`: neither, when trials or seconds were used up.
   */
  | { readonly type: "end"; readonly outcome: "complete" | "exhausted" | "out-of-budget" };

const LOSS_FREE_IN_SUCCESSION = 2;

export function lossCurve({ maxLoad, step, durationSeconds, budget }: CurveOptions) {
  const last = Math.floor(1 / step + 1e-9);
  return (history: readonly Trial[]): CurveStep => {
    const latest = history.slice(-LOSS_FREE_IN_SUCCESSION);
    if (latest.length === LOSS_FREE_IN_SUCCESSION && latest.every(({ lossRatio }) => lossRatio === 0)) {
      return { type: "end", outcome: "complete" };
    }
    if (history.length >= last) return { type: "end", outcome: "exhausted" };
    const load = maxLoad * (1 - history.length * step);
    const next = stepOf({ load, durationSeconds }, () => [], history, budget);
    return next.type === "trial" ? next : { type: "end", outcome: "out-of-budget" };
  };
}
