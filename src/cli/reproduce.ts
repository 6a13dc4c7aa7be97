/** `nicbench reproduce` */
import { EXIT_CODE_HELP } from "./exit_codes.js";
import { addHostOptions } from "./host_options.js";
import { collect, parseSeed } from "./run.js";
import type { Command } from "commander";
import type { ReproduceFlags } from "./reproduce_command.js";

export function addReproduce(program: Command): void {
  const command = program
    .command("reproduce")
    .summary("re-run a paper's figures and judge its claims")
    .description(
      "Runs the suites of a paper, or of one figure, and says of each claim whether it is confirmed, refuted, inconclusive\n" +
        "or not testable here, with the evidence. One page shows them all, with the published series beside the measured.",
    )
    .argument("<paper>", "pam21 or hpsr21")
    .argument("[figure]", "a figure, such as 2a, 2 for 2a to 2d, or single-core (default: all)")
    .option("-t, --testbed <file>", "testbed file (default: this machine)")
    .option("--tag <name>", "choose a variant of the suites, such as small; may be repeated", collect)
    .option("--set <key=value>", "override a value of every suite; may be repeated", collect)
    .option("--seed <number>", "seed of traffic and order (default: each suite's, or 1)", parseSeed)
    .option("--results <directory>", "where run directories are made", "results")
    .option("--dry-run", "show suites, points and estimated time, and run nothing")
    .option("--json", "print figures, runs and verdicts as JSON on stdout, and nothing else there");
  addHostOptions(command)
    .addHelpText("after", AFTER)
    .action(async (paper: string, figure: string | undefined, flags: ReproduceFlags) => {
      const { reproduce } = await import("./reproduce_command.js");
      process.exitCode = await reproduce(paper, figure, flags);
    });
}

const AFTER = `
A refuted claim is a result, not an error. What a suite keeps of the paper's set-up and what differs is in docs/papers.md.

Examples:
  $ nicbench reproduce pam21 --tag small
  $ nicbench reproduce pam21 2a --dry-run
  $ nicbench reproduce hpsr21 single-core --testbed lab.yaml
${EXIT_CODE_HELP}

See also: nicbench run, docs/papers.md, docs/claims.md`;
