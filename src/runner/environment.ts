/** What the host did to a trial: the same check for every experiment. */
import { formatQuantity } from "../units.js";
import type { RolePlacement, TrialOutcome } from "../experiments/experiment.js";

/** Above this share of the data path's CPU time, what the hypervisor took away shows in the numbers. */
const MAX_STOLEN_SHARE = 0.05;

export const STOLEN_CPU = "stolen-cpu";

/** The outcome, suspect if too much CPU time was stolen while it was measured. */
export function checkEnvironment(
  outcome: TrialOutcome,
  durationSeconds: number,
  roles: Readonly<Record<string, Pick<RolePlacement, "cpus">>>,
): TrialOutcome {
  const { stealSeconds: stolen = 0, seconds = durationSeconds } = outcome.environment ?? {};
  const share = stolen / (seconds * usedCpus(roles));
  if (outcome.status === "failed" || !(share > MAX_STOLEN_SHARE)) return outcome;
  const says = `The hypervisor took ${formatQuantity(stolen, "s")} of CPU time, ${formatQuantity(share, "ratio")} of what was used.`;
  const reason = outcome.reason === undefined ? says : `${outcome.reason} ${says}`;
  return { ...outcome, status: "suspect", reason, flags: [...outcome.flags, STOLEN_CPU] };
}

/** A role without CPUs of its own still runs on one. */
function usedCpus(roles: Readonly<Record<string, Pick<RolePlacement, "cpus">>>): number {
  return Object.values(roles).reduce((sum, { cpus }) => sum + Math.max(1, cpus.length), 0);
}
