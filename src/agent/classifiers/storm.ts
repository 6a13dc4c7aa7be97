/** Changes of rules at their times, in a classifier that is not ours: as native/dataplane/rule_storm.h does it for the software NIC. */
import { setTimeout as pause } from "node:timers/promises";
import { latencyRecorder } from "../../statistics/recorder.js";
import type { changingRules } from "./changing_rules.js";
import type { Classifier } from "./classifier.js";
import type { StormConfig, StormCounts } from "../protocol.js";

export type ChangesMade = Omit<StormCounts, "firstSeconds"> & {
  /** When the first began, in seconds of CLOCK_MONOTONIC. */
  readonly firstAt: number;
};

/** A transaction, a bundle. */
const LARGEST = 10_000;
const TICKS_A_SECOND = 1000;

/** Of the measured phase. */
export function intendedChanges({ kind, size, rate }: StormConfig, seconds: number): number {
  return kind === "batch" ? size : Math.floor(rate * seconds);
}

/**
 * A batch is as few transactions as possible; at a rate, what is due at a tick is one, and what could not be made in time is made
 * at once, so that a classifier that cannot keep the rate makes fewer changes than intended. Rules that are deleted must be there:
 * those for which there is none are refused.
 *
 * @param seconds of the measured phase, which begins now
 */
export async function changeRules(
  storm: StormConfig,
  seconds: number,
  classifier: Pick<Classifier, "prepare">,
  rules: ReturnType<typeof changingRules>,
): Promise<ChangesMade> {
  const { operation } = storm;
  const start = monotonicSeconds();
  const elapsed = (): number => monotonicSeconds() - start;
  const intended = intendedChanges(storm, seconds);
  const possible = operation === "delete" ? Math.min(intended, rules.present().length) : intended;
  const largest =
    operation === "insert" || operation === "delete" ? LARGEST : Math.min(LARGEST, rules.present().length);
  const latency = latencyRecorder();
  let [done, firstAt, last] = [0, 0, 0];
  for (let due = 0; done < possible && elapsed() < seconds; due = dueAfter(storm, elapsed(), possible)) {
    if (due <= done) {
      await pause(1);
      continue;
    }
    const count = Math.min(due - done, largest);
    const commit = classifier.prepare(rules.change(operation, count));
    if (done === 0) firstAt = monotonicSeconds();
    latency.record(((await commit()) * 1e9) / count);
    last = monotonicSeconds();
    done += count;
  }
  const missed = elapsed() < seconds ? intended - possible : 0;
  return { intended, done, refused: missed, firstAt, seconds: last - firstAt, latency: latency.histogram() };
}

/** Of the clock that the addon tells when the generator started, CLOCK_MONOTONIC. */
function monotonicSeconds(): number {
  return Number(process.hrtime.bigint()) / 1e9;
}

/** So many by then. Each tick's share is due at its beginning. */
function dueAfter({ kind, at, rate }: StormConfig, elapsed: number, intended: number): number {
  if (kind === "batch") return elapsed >= at ? intended : 0;
  const ticks = Math.min(TICKS_A_SECOND, rate);
  return Math.min(intended, Math.floor(((Math.floor(elapsed * ticks) + 1) * rate) / ticks));
}
