/** The calibration loop around a trial: how fast its CPUs were right before it and right after. */
import type { AgentHandle, RolePlacement, TrialOutcome } from "../experiments/experiment.js";
import type { CalibrationReading } from "../results/model.js";

type Reading = Readonly<Record<string, CalibrationReading>>;
type Roles = Readonly<Record<string, Pick<RolePlacement, "host" | "cpus">>>;

/** For a loop that takes milliseconds. */
const LIMIT_SECONDS = 30;

/** Runs `trial` between two readings of every host that has CPUs in it, and adds them to the outcome's environment. */
export async function betweenReadings(
  roles: Roles,
  agents: ReadonlyMap<string, Pick<AgentHandle, "call">>,
  trial: () => Promise<TrialOutcome>,
): Promise<TrialOutcome> {
  const before = await readHosts(roles, agents);
  const outcome = await trial();
  if (outcome.environment === undefined || Object.keys(before).length === 0) return outcome;
  const after = await readHosts(roles, agents);
  const readings = Object.fromEntries(
    Object.entries(before).flatMap(([host, reading]) => {
      const next = after[host];
      return next === undefined ? [] : [[host, { before: reading, after: next }]];
    }),
  );
  return { ...outcome, environment: { ...outcome.environment, readings } };
}

/** One host after the other: an orchestrator on one of them must not disturb it. */
async function readHosts(roles: Roles, agents: ReadonlyMap<string, Pick<AgentHandle, "call">>): Promise<Reading> {
  const readings: Record<string, CalibrationReading> = {};
  for (const [host, agent] of agents) {
    const cpus = cpusOf(roles, host);
    if (cpus.length > 0) readings[host] = await agent.call("calibration.read", { cpus }, LIMIT_SECONDS);
  }
  return readings;
}

/** The first two, of which one hands over to the other, are those of the first roles. */
function cpusOf(roles: Roles, host: string): readonly number[] {
  return [...new Set(Object.values(roles).flatMap((role) => (role.host === host ? role.cpus : [])))];
}
