/** The commands. What they need is imported when one runs, so that help answers at once. */
import { Command } from "commander";
import { packageVersion } from "../package.js";
import { addAgent } from "./agent.js";
import { addCalibrate } from "./calibrate.js";
import { addCompare } from "./compare.js";
import { addDeploy } from "./deploy.js";
import { addDoctor } from "./doctor.js";
import { EXIT_CODE_HELP } from "./exit_codes.js";
import { addExport } from "./export.js";
import { addGate } from "./gate.js";
import { addLimits } from "./limits.js";
import { addList } from "./list.js";
import { addMerge } from "./merge.js";
import { addPack } from "./pack.js";
import { addQuery } from "./query.js";
import { addReport } from "./report.js";
import { addReproduce } from "./reproduce.js";
import { addRules } from "./rules.js";
import { addRun } from "./run.js";
import { addRuns } from "./runs.js";
import { addSchema } from "./schema.js";
import { addSelfTest } from "./selftest.js";
import { addSite } from "./site.js";
import { addTestbed } from "./testbed.js";
import { addTraffic } from "./traffic.js";
import { addValidate } from "./validate.js";

export function createProgram(): Command {
  const program = new Command("nicbench")
    .description(
      "Measures what NICs, flow tables and connection trackers do under load,\nand reports it so that it can be trusted and run again.",
    )
    .version(packageVersion(), "-V, --version", "print the version")
    .helpOption("-h, --help", "show help")
    .helpCommand("help [command]", "show help for a command")
    .showHelpAfterError("(add --help for what there is)")
    .exitOverride()
    .addHelpText("after", AFTER);
  for (const add of COMMANDS) add(program);
  return program;
}

const COMMANDS = [
  addRun,
  addReport,
  addReproduce,
  addCompare,
  addSite,
  addGate,
  addRuns,
  addQuery,
  addExport,
  addPack,
  addMerge,
  addList,
  addValidate,
  addSchema,
  addSelfTest,
  addTraffic,
  addRules,
  addLimits,
  addCalibrate,
  addDeploy,
  addDoctor,
  addTestbed,
  addAgent,
];

const AFTER = `
Examples:
  $ nicbench run suites/quickstart.yaml        measure, and write a report
  $ nicbench run suites/quickstart.yaml --dry-run    see points, trials and time first
  $ nicbench report latest --format html,md    write the report of the last run again
  $ nicbench gate --baseline FILE latest       fail if it got slower
  $ nicbench doctor                            see what this machine can do

First steps: nicbench doctor, then nicbench run suites/quickstart.yaml
${EXIT_CODE_HELP}`;
