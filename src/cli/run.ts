/** `nicbench run` */
import { InvalidArgumentError } from "commander";
import { EXIT_CODE_HELP } from "./exit_codes.js";
import { addHostOptions } from "./host_options.js";
import type { Command } from "commander";
import type { Shard } from "../results/model.js";
import type { RunFlags } from "./run_command.js";

export function addRun(program: Command): void {
  const command = program
    .command("run")
    .summary("run a suite and write its report")
    .description("Runs a suite: every point of its matrix, in trials, until its stopping rule is met.")
    .argument("[suite]", "suite file, or the name of a suite that ships")
    .option("-t, --testbed <file>", "testbed file (default: this machine)")
    .option("--tag <name>", "choose a variant of the suite; may be repeated", collect)
    .option("--set <key=value>", "override a value of the suite, such as traffic.flows=64Ki; may be repeated", collect)
    .option("--seed <number>", "seed of traffic and order (default: the suite's, or 1)", parseSeed)
    .option(
      "--shard <index/total>",
      "run this part of the points, such as 2/8; nicbench merge joins the parts",
      parseShard,
    )
    .option("--results <directory>", "where run directories are made", "results")
    .option("--resume <run>", "go on with a run that was stopped or killed: a path, an id, or latest")
    .option("--grace <duration>", "time beyond warm-up and duration after which a trial counts as hung (default: 30s)")
    .option("--reconnect <duration>", "how long a host may be out of reach before trials fail for it (default: 1min)")
    .option(
      "--reuse",
      "take points that an earlier run measured under the same conditions from there (or NICBENCH_REUSE=1)",
    )
    .option("--fresh", "measure every point, whatever NICBENCH_REUSE says")
    .option("--why", "say of each point whether it can be taken from an earlier run, and why not")
    .option("--dry-run", "show points, trials and estimated time, and run nothing")
    .option("--json", "print the summary as JSON on stdout, and nothing else there")
    .option("-q, --quiet", "no progress; only the result")
    .option("--no-report", "write no report");
  addHostOptions(command)
    .addHelpText("after", AFTER)
    .action(async (suite: string | undefined, flags: RunFlags) => {
      const { run } = await import("./run_command.js");
      process.exitCode = await run(suite, flags);
    });
}

/** Values of a flag that may be repeated. */
export function collect(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value];
}

export function parseSeed(text: string): number {
  const seed = Number(text);
  if (/^\d+$/.test(text) && seed <= 2 ** 32) return seed;
  throw new InvalidArgumentError("A seed is a whole number from 0 to 4294967296.");
}

export function parseShard(text: string): Shard {
  const [, index = 0, total = 0] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (index >= 1 && index <= total) return { index, total };
  throw new InvalidArgumentError("A shard is a number and how many there are, such as 2/8.");
}

const AFTER = `
Examples:
  $ nicbench run suites/quickstart.yaml
  $ nicbench run quickstart --set matrix.table=[cuckoo] --set traffic.rate=1Mpps
  $ nicbench run quickstart --json > summary.json
  $ nicbench run quickstart --shard 1/2
  $ nicbench run quickstart --reuse --why
  $ nicbench run --resume latest

The run directory holds run.json, journal.ndjson (one line a finished trial), samples.csv, summary.json and logs.
Ctrl-C stops the current trial and keeps the others; a second Ctrl-C stops at once. Either way --resume goes on.
${EXIT_CODE_HELP}

See also: nicbench validate, nicbench report, nicbench merge, nicbench runs`;
