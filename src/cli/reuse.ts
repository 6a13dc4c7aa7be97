/** Which trials of earlier runs `nicbench run` takes, and what it says about that. */
import { UserError } from "../errors.js";
import { pointLabeller } from "../report/params.js";
import { tell } from "./terminal.js";
import type { TrialRecord } from "../results/model.js";
import type { Decision } from "../runner/reuse/find.js";

export interface ReuseFlags {
  readonly reuse?: true;
  readonly fresh?: true;
  readonly why?: true;
}

/** @throws {UserError} USAGE: --reuse and --fresh together */
export function wantsReuse({ reuse, fresh }: ReuseFlags): boolean {
  if (reuse === true && fresh === true) {
    throw new UserError("USAGE", "--reuse does not go together with --fresh.", "Leave one of them out.");
  }
  return fresh !== true && (reuse === true || process.env["NICBENCH_REUSE"] === "1");
}

export function reusedTrials(decisions: readonly Decision[], flags: ReuseFlags): readonly TrialRecord[] {
  const wanted = wantsReuse(flags);
  if (flags.why === true) for (const line of reasons(decisions, wanted)) tell(line);
  return wanted ? decisions.flatMap((decision) => ("trials" in decision ? decision.trials : [])) : [];
}

function reasons(decisions: readonly Decision[], wanted: boolean): readonly string[] {
  const label = pointLabeller(decisions.map(({ point }) => point));
  return decisions.map((decision) => {
    if ("why" in decision) return `measured  ${label(decision.point)}: ${decision.why}`;
    const { run, trials } = decision;
    if (!wanted) return `measured  ${label(decision.point)}: --reuse would take ${trials.length} trials of ${run}`;
    return `reused    ${label(decision.point)}: ${trials.length} trials of ${run}`;
  });
}
