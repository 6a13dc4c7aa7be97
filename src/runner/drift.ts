/**
 * Was the host itself while a trial was measured? By the calibration loop right before and after it, and by the best that
 * the run has seen of the host so far.
 *
 * A virtual machine's CPUs are moved between cores, a neighbour takes half of a core or its clock is turned down: none of
 * that is stolen time, and all of it changes what a trial measures.
 */
import { withDoubt } from "../experiments/conntrack/verdict.js";
import { formatQuantity } from "../units.js";
import type { TrialOutcome } from "../experiments/experiment.js";
import type { CalibrationReading, HostReadings, TrialEnvironment } from "../results/model.js";

export const CALIBRATION_DRIFTED = "calibration-drifted";
export const CLOCK_JUMPED = "clock-jumped";

/** Factors beyond which a reading is another host's. Undisturbed ones differ by less than a third of that. */
export const DRIFT_BOUNDS = { workNs: 1.2, handOverNs: 1.5 } as const;

const WHAT = { workNs: "a fixed piece of work", handOverNs: "a cache line to another CPU and back" } as const;

export type Loop = keyof typeof DRIFT_BOUNDS;
export const LOOPS: readonly Loop[] = ["workNs", "handOverNs"];

/** What clocks may differ by: a fixed time, and a share, as NTP may turn a clock by 500 millionths (adjtimex(2)). */
const JUMP_SECONDS = 0.01;
const JUMP_SHARE = 1e-3;

/** By host: the least time that each loop took. */
export type BestReadings = Readonly<Record<string, Readonly<Record<Loop, number>>>>;

/**
 * @param environments those of trials of the run
 * @param known what trials before them read
 */
export function bestReadings(
  environments: readonly (TrialEnvironment | undefined)[],
  known: BestReadings = {},
): BestReadings {
  const best: Record<string, Readonly<Record<Loop, number>>> = { ...known };
  for (const [host, { before, after }] of environments.flatMap((one) => Object.entries(one?.readings ?? {}))) {
    const least = (loop: Loop): number =>
      Math.min(best[host]?.[loop] ?? Number.POSITIVE_INFINITY, before[loop], after[loop]);
    best[host] = { workNs: least("workNs"), handOverNs: least("handOverNs") };
  }
  return best;
}

/** The outcome, suspect if a host was faster or slower at its end, slower than `best`, or if a clock was set meanwhile. */
export function checkReadings(outcome: TrialOutcome, best: BestReadings): TrialOutcome {
  const readings = Object.entries(outcome.environment?.readings ?? {});
  const drifts = readings.flatMap(([host, reading]) => driftOf(host, reading, best[host]));
  const jumps = readings.flatMap(([host, reading]) => jumpOf(host, reading));
  const doubts = [
    ...(drifts.length === 0 ? [] : [{ flag: CALIBRATION_DRIFTED, says: drifts.join(" ") }]),
    ...(jumps.length === 0 ? [] : [{ flag: CLOCK_JUMPED, says: jumps.join(" ") }]),
  ];
  return doubts.reduce(withDoubt, outcome);
}

/** Whether a loop took so much longer, or shorter, that the host was another one. */
export function isDrift(loop: Loop, from: number, to: number): boolean {
  const factor = from > 0 && to > 0 ? to / from : 1;
  return Math.max(factor, 1 / factor) > DRIFT_BOUNDS[loop];
}

function driftOf(host: string, { before, after }: HostReadings, best: BestReadings[string] | undefined) {
  return LOOPS.flatMap((loop): readonly string[] => {
    const [from, to] = [before[loop], after[loop]];
    if (isDrift(loop, from, to)) return [`${took(host, loop)} ${ns(from)} before the trial and ${ns(to)} after it.`];
    const least = best?.[loop] ?? from;
    if (!isDrift(loop, least, Math.max(from, to))) return [];
    return [`${took(host, loop)} ${ns(Math.max(from, to))}, and ${ns(least)} at another time of the run.`];
  });
}

function jumpOf(host: string, { before, after }: HostReadings): readonly string[] {
  const elapsed = after.monotonicSeconds - before.monotonicSeconds;
  const bound = JUMP_SECONDS + JUMP_SHARE * elapsed;
  const clocks = [
    { name: "wall clock", ahead: after.wallSeconds - before.wallSeconds - elapsed },
    { name: "time-stamp counter", ahead: after.tscSeconds - before.tscSeconds - elapsed },
  ];
  return clocks
    .filter(({ ahead }) => Math.abs(ahead) > bound)
    .map(({ name, ahead }) => `The ${name} of host '${host}' jumped by ${seconds(ahead)}.`);
}

function took(host: string, loop: Loop): string {
  return `On host '${host}' ${WHAT[loop]} took`;
}

function ns(value: Readonly<CalibrationReading>[Loop]): string {
  return formatQuantity(value, "ns");
}

function seconds(value: number): string {
  return formatQuantity(value, "s");
}
