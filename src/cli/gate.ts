/** `nicbench gate` */
import { EXIT_CODE_HELP } from "./exit_codes.js";
import { addHostOptions } from "./host_options.js";
import { collect, parseSeed } from "./run.js";
import type { Command } from "commander";
import type { GateFlags } from "./gate_flags.js";

export function addGate(program: Command): void {
  const command = program
    .command("gate")
    .summary("fail if a run is worse than a baseline")
    .description(
      "Holds a run against a baseline by the rules of its suite (gate:) or of flags, and exits with 3 if a metric got worse.\n" +
        "Given a suite instead of a run, measures it first, and again while the trials do not decide, within --budget.",
    )
    .argument("<runs...>", "one or more runs of a suite (directory, id or latest), or a suite file to run")
    .option("-b, --baseline <baseline>", "what to hold it against: a baseline file, or a run")
    .option(
      "--against <directory>",
      "of a suite: hold this build against the one there, in turns, instead of a baseline",
    )
    .option(
      "--pairs <number>",
      "with --against: most runs of each build; they are judged after each quarter, and end when they decide",
      "80",
    )
    .option("--save-baseline <file>", "write the run's samples as a baseline file, and hold it against nothing")
    .option("--add-to-baseline <file>", "add the run's samples to a baseline file, and hold it against nothing")
    .option("--metric <name>", "gate this metric instead of those of the suite; may be repeated", collect)
    .option("--worse-by <share>", "change for the worse that fails, for every rule (default: the suite's, or 5%)")
    .option("--confidence <share>", "how sure to be, for every rule (default: the suite's, or 99%)")
    .option("--suspect <policy>", "suspect trials: leave-out or count", "leave-out")
    .option("--reused <policy>", "trials of earlier runs (run --reuse): refuse or count", "refuse")
    .option("--strict", "fail with 4 if the trials do not decide")
    .option("--junit <file>", "write JUnit XML")
    .option("--markdown <file>", "write a summary in Markdown")
    .option("--github", "print annotations for GitHub Actions")
    .option("--json", "print the result as JSON on stdout, and nothing else there")
    .option(
      "--budget <duration>",
      "of a suite: time within which it may be run again (default: 0s), or with --against be gone on with (default: any)",
    )
    .option("-t, --testbed <file>", "of a suite: testbed file (default: this machine)")
    .option("--tag <name>", "of a suite: choose a variant; may be repeated", collect)
    .option("--set <key=value>", "of a suite: override a value; may be repeated", collect)
    .option("--seed <number>", "of a suite: seed of traffic and order", parseSeed)
    .option("--results <directory>", "where run directories are", "results");
  addHostOptions(command)
    .addHelpText("after", AFTER)
    .action(async (names: readonly string[], flags: GateFlags) => {
      const { gate } = await import("./gate_command.js");
      process.exitCode = await gate(names, flags);
    });
}

const AFTER = `
passed: sure that nothing got worse by more than the rule allows. regressed: sure that something did.
inconclusive: neither; it does not fail, unless --strict. broken: every trial of a point failed; exits with 1.
Several runs of one suite are judged together; a regression must then show in each of them.
A baseline of several runs tells how much runs of one build differ: only what differs by more regressed.
With one of a single run that is what the self-test found on the host, or else is assumed from what its trials differ by.
With --against, builds take turns, a run of one trial a point each: what drifts on the host meanwhile hits both alike.

Examples:
  $ nicbench gate --save-baseline baselines/quickstart.yaml latest
  $ nicbench gate --add-to-baseline baselines/quickstart.yaml latest
  $ nicbench gate --baseline baselines/quickstart.yaml latest --junit gate.xml
  $ nicbench gate --baseline baselines/quickstart.yaml suites/quickstart.yaml --budget 15min --strict
  $ nicbench gate --against ../before suites/quickstart.yaml --set matrix.traffic.rate=[max]
  $ nicbench gate --baseline RUN latest --metric cycles_per_frame --worse-by 10%
${EXIT_CODE_HELP}

See also: nicbench compare, nicbench run, docs/ci.md`;
