/** The programs of a testbed that are not ours, and whether its hosts have them. */
import { UserError } from "../errors.js";
import type { AgentHandle, Programs } from "../experiments/experiment.js";
import type { Testbed } from "../testbed/model.js";

export function programsOf({ roles }: Testbed): Programs {
  const programs = Object.entries(roles).flatMap(([role, { command }]) =>
    command === undefined ? [] : [[role, command] as const],
  );
  return Object.fromEntries(programs);
}

const FIND_TIMEOUT_SECONDS = 20;

/** @throws {UserError} PROGRAM_MISSING: before anything is measured */
export async function findPrograms(testbed: Testbed, agents: Readonly<Record<string, AgentHandle>>): Promise<void> {
  for (const [role, { start, directory, environment }] of Object.entries(programsOf(testbed))) {
    const [program = ""] = start;
    const host = testbed.roles[role]?.host ?? "";
    const path = environment["PATH"];
    const name = {
      program,
      ...(directory === undefined ? {} : { directory }),
      ...(path === undefined ? {} : { path }),
    };
    const answer = await agents[host]?.call("program.find", name, FIND_TIMEOUT_SECONDS);
    if (answer?.found !== true) throw missing(role, program, host);
  }
}

function missing(role: string, program: string, host: string): UserError {
  return new UserError(
    "PROGRAM_MISSING",
    `Host '${host}' has no program '${program}', which plays the role '${role}'.`,
    "Install it there, or write its path in command.start of the testbed.",
  );
}
