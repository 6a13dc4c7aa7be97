/** Samples by the names that people type: runs and baseline files. */
import { stat } from "node:fs/promises";
import { readBaseline } from "../gate/baseline.js";
import { samplesOfRun, type SampleSet, type SuspectPolicy } from "../gate/samples.js";
import { findRun } from "../results/query.js";
import { readRun, type Run } from "../results/reader.js";
import { parseChoice } from "./choices.js";
import { warn } from "./terminal.js";

export interface SetFlags {
  readonly suspect: string;
  readonly results: string;
}

/** @throws {UserError} USAGE */
export function suspectPolicy({ suspect }: SetFlags): SuspectPolicy {
  return parseChoice(suspect, ["leave-out", "count"] as const, "policy for suspect trials");
}

/** A baseline file, else a run as `nicbench report` finds it. */
export async function namedSet(name: string, flags: SetFlags): Promise<SampleSet> {
  if (await isFile(name)) return readBaseline(name);
  return samplesOfRun(await namedRun(name, flags), suspectPolicy(flags));
}

export async function namedRun(name: string, { results }: SetFlags): Promise<Run> {
  const run = await readRun(await findRun(name, results));
  for (const warning of run.warnings) warn(warning);
  return run;
}

async function isFile(name: string): Promise<boolean> {
  return stat(name).then(
    (facts) => facts.isFile(),
    () => /\.ya?ml$/.test(name), // a baseline that is missing, whose reader says so
  );
}
