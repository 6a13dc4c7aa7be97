/** Samples by the names that people type: runs and baseline files. */
import { stat } from "node:fs/promises";
import { UserError } from "../errors.js";
import { readBaseline } from "../gate/baseline.js";
import { samplesOfRun, type SampleSets, type SuspectPolicy } from "../gate/samples.js";
import { readNamedRun } from "../results/open.js";
import { isPacked } from "../results/packed/names.js";
import { parseChoice } from "./choices.js";
import { warn } from "./terminal.js";
import type { Run } from "../results/reader.js";

export interface SetFlags {
  readonly suspect: string;
  readonly results: string;
  /** `refuse`: runs with trials of earlier runs are an error. */
  readonly reused?: string;
}

/** @throws {UserError} USAGE */
export function suspectPolicy({ suspect }: SetFlags): SuspectPolicy {
  return parseChoice(suspect, ["leave-out", "count"] as const, "policy for suspect trials");
}

/** The runs of a baseline file, else a run as `nicbench report` finds it. */
export async function namedSets(name: string, flags: SetFlags): Promise<SampleSets> {
  if (!isPacked(name) && (await isFile(name))) return readBaseline(name);
  return [samplesOfRun(await namedRun(name, flags), suspectPolicy(flags))];
}

export async function namedRun(name: string, { results, reused }: Pick<SetFlags, "results" | "reused">): Promise<Run> {
  const run = await readNamedRun(name, results);
  for (const warning of run.warnings) warn(warning);
  if (reused === "refuse" && run.summary.trials.reused !== undefined) throw hasReused(run);
  return run;
}

function hasReused({ manifest, summary }: Run): UserError {
  return new UserError(
    "GATE_REUSED",
    `${summary.trials.reused} trials of ${manifest.run} were measured by earlier runs: they say nothing about a change since.`,
    "Measure them: nicbench run SUITE --fresh. To gate them all the same: --reused count",
  );
}

async function isFile(name: string): Promise<boolean> {
  return stat(name).then(
    (facts) => facts.isFile(),
    () => /\.ya?ml$/.test(name), // a baseline that is missing, whose reader says so
  );
}
