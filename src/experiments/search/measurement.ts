/** What the searches of all experiments have in common: the measurements that they make, and how they come to an end. */
import { doubtsOf, type Doubt, type Judged } from "../conntrack/verdict.js";
import type { Search, Trial, TrialRequest, Verdict } from "../../search/model.js";
import { throwIfStopped, type TrialContext, type TrialOutcome } from "../experiment.js";
import type { SearchParameters } from "./parameters.js";

/** One measurement of a search: a trial of its own, of whose frames the search looks at the loss. */
export interface Measurement {
  readonly frames: { readonly sent: number; readonly received: number };
  /** Frames/s that were really sent. */
  readonly offeredRate: number;
  /** The generator offered less than it was asked for. */
  readonly generatorLimited: boolean;
  /** What it says as a trial of its own. */
  readonly outcome: TrialOutcome;
  /** What speaks against it, even where no frame came back. */
  readonly doubts: readonly Doubt[];
}

/** @throws {UserError} what the agent throws; `STOPPED` too */
export type Measure = (rate: number | "max", durationSeconds: number) => Promise<Measurement>;

/** What a search needs of the trial that it is. */
export type SearchContext = Pick<
  TrialContext<{ readonly search?: SearchParameters | undefined }>,
  "point" | "durationSeconds" | "signal"
>;

/** @param outcome that the result means as a trial of its own */
export function measurementOf(
  result: Judged & { readonly seconds: number; readonly sendingSeconds?: number },
  outcome: TrialOutcome,
): Measurement {
  const { frames, generatorLimited, seconds, sendingSeconds = seconds } = result;
  return { frames, offeredRate: frames.sent / sendingSeconds, generatorLimited, outcome, doubts: doubtsOf(result) };
}

/** The same, but it begins no measurement after the run was told to stop. */
export function stoppable(measure: Measure, signal: AbortSignal | undefined): Measure {
  return async (rate, durationSeconds) => {
    throwIfStopped(signal);
    return measure(rate, durationSeconds);
  };
}

/** A trial of the search, with all that was measured in it. */
export interface Measured extends Trial {
  readonly measurement: Measurement;
}

/** A search of one goal that came to its end. */
export interface Completed {
  readonly verdict: Verdict;
  readonly history: readonly Measured[];
}

/** @returns `failed`: what a measurement says that went wrong in itself, which ends the search */
export async function runSearch(
  search: Search,
  measure: Measure,
): Promise<Completed | { readonly failed: TrialOutcome }> {
  const history: Measured[] = [];
  for (let step = search(history); ; step = search(history)) {
    if (step.type === "end") {
      const [verdict] = step.verdicts;
      if (verdict === undefined) throw new Error("a search with one goal has one verdict");
      return { verdict, history };
    }
    const { request } = step;
    const started = performance.now();
    const measurement = await measure(request.load, request.durationSeconds);
    if (isBroken(measurement)) return { failed: measurement.outcome };
    const seconds = (performance.now() - started) / 1000;
    history.push({ ...request, lossRatio: lossOf(measurement, request), seconds, measurement });
  }
}

/** A measurement without a frame that came back is not broken: it is one of much loss. */
function isBroken({ frames, outcome }: Measurement): boolean {
  return frames.sent === 0 || (outcome.status === "failed" && frames.received > 0);
}

/**
 * What a generator that could not keep its rate left out counts as lost (RFC 9971, "Measurer"): a load that was not
 * offered was not carried.
 */
export function lossOf(
  { frames, generatorLimited }: Pick<Measurement, "frames" | "generatorLimited">,
  { load, durationSeconds }: TrialRequest,
): number {
  const due = generatorLimited ? Math.max(frames.sent, load * durationSeconds) : frames.sent;
  return Math.max(0, 1 - frames.received / due);
}
