/** `nicbench selftest` */
import { EXIT_CODE_HELP } from "./exit_codes.js";
import { addHostOptions } from "./host_options.js";
import { parseSeed } from "./run.js";
import type { Command } from "commander";
import type { SelfTestFlags } from "./selftest_command.js";

export function addSelfTest(program: Command): void {
  const command = program
    .command("selftest")
    .summary("measure how often the gate is right on this machine")
    .description(
      "statistics: records one build and the same build slowed down by 5 % and 10 %, in interleaved rounds, then plays many\n" +
        "gates with these rounds: how many raise a false alarm, how many miss a slow-down, how many cannot decide.",
    )
    .argument("<what>", "statistics")
    .option("--run <run>", "play with the rounds of this recording instead of measuring: a path, an id, or latest")
    .option("--rounds <number>", "rounds to record", "160")
    .option("--gates <number>", "gates to play for each length and slow-down", "500")
    .option("-t, --testbed <file>", "testbed file (default: this machine)")
    .option("--seed <number>", "seed of traffic, order and gates (default: 1)", parseSeed)
    .option("--results <directory>", "where run directories are", "results")
    .option("--out <directory>", "where to write table and chart (default: reports/<run>)")
    .option("--json", "print the table as JSON on stdout, and nothing else there");
  addHostOptions(command)
    .addHelpText("after", AFTER)
    .action(async (what: string, flags: SelfTestFlags) => {
      const { selfTestCommand } = await import("./selftest_command.js");
      process.exitCode = await selfTestCommand(what, flags);
    });
}

const AFTER = `
Recording takes three to four minutes, playing as long again. What came out on one is in
docs/statistics-study.md, with what the numbers mean.

Examples:
  $ nicbench selftest statistics
  $ nicbench selftest statistics --run latest --gates 5000
${EXIT_CODE_HELP}

See also: nicbench gate, docs/ci.md, docs/statistics-study.md`;
