/** The cores that a point's DUT works on: how many, which CPUs, and whether the host has as many. */
import { z } from "zod";
import type { RolePlacement, TrialContext } from "./experiment.js";

export const oversubscribeField = {
  oversubscribe: z
    .boolean()
    .default(false)
    .describe("Run points that ask for more cores than there are; their threads take turns, so that rates say little."),
};

/** So that no claim about scaling is decided by workers that never ran at the same time. */
export const OVERSUBSCRIBED = { flag: "oversubscribed", says: "The workers took turns on fewer cores than they are." };

type Cores = { readonly cores: number };

/**
 * Workers of a DUT that only forwards, and queues of the ports at both ends: one for each of them.
 *
 * @param cores what the point asks for; else as many as the testbed's ports have
 */
export function workersOf(cores: number | undefined, { dut, generator }: TrialContext<unknown>["roles"]): number {
  return cores ?? dut?.queues ?? generator?.queues ?? 1;
}

/** Do the DUT's workers have fewer cores than they are? */
export function tookTurns({ cores }: Cores, placement?: RolePlacement): boolean {
  return cores > 1 && cpusFor(placement).length < cores;
}

/** One for each core that the point asks for; all -1, left to the scheduler, if there are too few. */
export function dutCpus({ cores }: Cores, placement?: RolePlacement): readonly number[] {
  const cpus = cpusFor(placement).slice(0, cores);
  return cpus.length === cores ? cpus : Array.from({ length: cores }, () => -1);
}

/** Why the point cannot have its cores, or undefined if it can. */
export function coresProblem(
  { cores, oversubscribe }: Cores & { readonly oversubscribe: boolean },
  dut?: RolePlacement,
): string | undefined {
  const there = cpusFor(dut).length;
  if (cores === 1 || cores <= there || oversubscribe) return undefined;
  const have = there === 1 ? "1 is" : `${there} are`;
  return `The point asks for ${cores} cores for the DUT, and ${have} left for it; oversubscribe: true runs it all the same.`;
}

function cpusFor({ cpus = [], spare = [] }: Partial<RolePlacement> = {}): readonly number[] {
  return [...cpus, ...spare];
}
