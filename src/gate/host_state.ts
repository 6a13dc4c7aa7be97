/**
 * The state that a run found its hosts in, by the calibration loop around its trials. Samples are held against each other
 * only if they come from one state: where a virtual machine's CPUs are moved to other cores, or half of a core is a
 * neighbour's, numbers change without any change to what is measured.
 */
import { CALIBRATION_DRIFTED, isDrift, LOOPS, type Loop } from "../runner/drift.js";
import type { HostReadings, TrialEnvironment, TrialRecord } from "../results/model.js";

/** By host: what each loop took. */
export type HostState = Readonly<Record<string, Readonly<Record<Loop, number>>>>;

type Read = Pick<TrialRecord, "status" | "flags"> & { readonly environment?: TrialEnvironment };

/** The state of most trials: medians that some trial has read, not means of two states. Empty without readings. */
export function usualState(trials: readonly Read[]): HostState {
  const readings = new Map<string, HostReadings[]>();
  for (const [host, reading] of trials.flatMap(readingsOf))
    readings.set(host, [...(readings.get(host) ?? []), reading]);
  return Object.fromEntries(
    [...readings].map(([host, all]) => {
      const usual = LOOPS.map((loop) => [
        loop,
        lowerMedian(all.flatMap(({ before, after }) => [before[loop], after[loop]])),
      ]);
      return [host, Object.fromEntries(usual) as Record<Loop, number>];
    }),
  );
}

/** Whether a trial found its hosts in that state and left them in it; nothing speaks against it where nobody read. */
export function isInState(state: HostState, trial: Read): boolean {
  return readingsOf(trial).every(([host, { before, after }]) => {
    const usual = state[host];
    return (
      usual === undefined ||
      LOOPS.every((loop) => !isDrift(loop, usual[loop], before[loop]) && !isDrift(loop, usual[loop], after[loop]))
    );
  });
}

/** Whether samples of two sets were measured in one state; nothing speaks against it where nobody read. */
export function isSameState(a: HostState = {}, b: HostState = {}): boolean {
  return Object.entries(a).every(([host, read]) => {
    const other = b[host];
    return other === undefined || LOOPS.every((loop) => !isDrift(loop, read[loop], other[loop]));
  });
}

/** Suspect for nothing but the state of a host. */
export function isOnlyDrifted({ status, flags }: Read): boolean {
  return status === "suspect" && flags.every((flag) => flag === CALIBRATION_DRIFTED);
}

function readingsOf({ environment }: Read): readonly (readonly [string, HostReadings])[] {
  return Object.entries(environment?.readings ?? {});
}

function lowerMedian(values: readonly number[]): number {
  const ascending = values.toSorted((a, b) => a - b);
  return ascending[Math.floor((ascending.length - 1) / 2)] ?? 0;
}
