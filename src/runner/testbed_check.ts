/** Whether a testbed has what a suite needs: its roles, and programs that know the suite's parameters and metrics. */
import { UserError } from "../errors.js";
import { unitFactor } from "../experiments/programs/results.js";
import { TRIAL_VALUES } from "../experiments/programs/role.js";
import { flatten } from "../flat.js";
import { refuseTestbed, type Complaint } from "../testbed/load.js";
import { placeholdersIn } from "../testbed/placeholders.js";
import { didYouMean } from "../yaml/nearest.js";
import { programsOf } from "./programs.js";
import type { Experiment, Programs } from "../experiments/experiment.js";
import type { LoadedSuite } from "../suite/load.js";
import type { Testbed } from "../testbed/model.js";
import type { ProgramSpec } from "../testbed/program.js";

type Suite = Pick<LoadedSuite, "points" | "metrics" | "name">;

/** @throws {UserError} TESTBED_ROLE_MISSING; TESTBED_INVALID with the place of each thing that does not fit the suite */
export async function checkTestbed(testbed: Testbed, experiment: Experiment, suite: Suite): Promise<void> {
  for (const role of experiment.roles) {
    if (testbed.roles[role] === undefined) throw missingRole(role, experiment, testbed);
  }
  const programs = programsOf(testbed);
  const misfits = wrongRoles(testbed, experiment);
  const complaints = [
    ...Object.entries(programs).flatMap(([role, program]) => unknownNames(role, program, suite)),
    ...(experiment.programs === "all" ? [...missingResults(programs, suite), ...wrongUnits(programs, suite)] : []),
  ];
  if (misfits.length > 0) await refuseTestbed(testbed, misfits, "Name another one: --testbed FILE");
  if (complaints.length > 0)
    await refuseTestbed(
      testbed,
      complaints,
      `Make it fit the suite ${suite.name}: docs/external-programs.md says how.`,
    );
}

function wrongRoles({ roles }: Testbed, { name, programs = [] }: Experiment): readonly Complaint[] {
  return Object.entries(roles).flatMap(([role, { command }]) => {
    const path = ["roles", role];
    if (programs === "all" && command === undefined)
      return [{ path, message: `has no command, and experiment ${name} runs programs only` }];
    if (programs === "all" || command === undefined || programs.includes(role)) return [];
    return [
      {
        path: [...path, "command"],
        message: `cannot play this role in experiment ${name}, which has a part of its own for it`,
      },
    ];
  });
}

/** Names that not every point has. */
function unknownNames(role: string, program: ProgramSpec, { points }: Suite): readonly Complaint[] {
  const all = points.map(({ resolved }) => Object.keys(flatten(resolved)));
  const [first = []] = all;
  const known = [...first.filter((name) => all.every((names) => names.includes(name))), ...TRIAL_VALUES];
  return textsOf(program).flatMap(({ path, text }) =>
    placeholdersIn(text)
      .filter((name) => !known.includes(name))
      .map((name) => {
        const guess = didYouMean(name, known);
        const list = `there are: ${known.join(", ")}`;
        const message = `\${${name}} is no parameter of the suite${guess}${guess === "" ? ";" : ""} ${list}`;
        return { path: ["roles", role, "command", ...path], message };
      }),
  );
}

function textsOf({ start, environment, stop }: ProgramSpec) {
  return [
    ...start.map((text, index) => ({ path: ["start", index], text })),
    ...Object.entries(environment).map(([key, text]) => ({ path: ["environment", key], text })),
    ...("line" in stop ? [{ path: ["stop", "line"], text: stop.line }] : []),
  ];
}

function missingResults(programs: Programs, { metrics }: Suite): readonly Complaint[] {
  const results = Object.values(programs).flatMap((program) => Object.keys(program.results));
  return metrics
    .filter(({ name }) => !results.includes(name))
    .map(({ name }) => {
      const guess = didYouMean(name, results);
      const list = results.length === 0 ? "there are none" : `there are: ${results.join(", ")}`;
      const message = `no command has a result '${name}', which is a metric of the suite${guess}${guess === "" ? ";" : ""} ${list}`;
      return { path: ["roles"], message };
    });
}

function wrongUnits(programs: Programs, { metrics }: Suite): readonly Complaint[] {
  return Object.entries(programs).flatMap(([role, { results }]) =>
    metrics.flatMap(({ name, unit }) => {
      const written = results[name]?.unit;
      if (written === undefined || unitFactor(written, unit) !== undefined) return [];
      const message = `'${written}' is no unit of the suite's metric '${name}', which is in ${unit}`;
      return [{ path: ["roles", role, "command", "results", name, "unit"], message }];
    }),
  );
}

function missingRole(role: string, { name, roles }: Experiment, testbed: Testbed): UserError {
  return new UserError(
    "TESTBED_ROLE_MISSING",
    `Testbed ${testbed.name} has no role '${role}', which experiment ${name} needs.`,
    `Add it under roles in ${testbed.file}: ${roles.join(", ")}.`,
  );
}
