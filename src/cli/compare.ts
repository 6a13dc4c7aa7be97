/** `nicbench compare` */
import { collect } from "./run.js";
import type { Command } from "commander";
import type { CompareFlags } from "./compare_command.js";

export function addCompare(program: Command): void {
  program
    .command("compare")
    .summary("hold runs against each other")
    .description("Holds runs against the first one: medians, factors with intervals, verdicts, and what else differs.")
    .argument("<runs...>", "two or more run directories, ids of runs, latest, or baseline files")
    .option("--metric <name>", "compare this metric; may be repeated (default: the run's first five)", collect)
    .option("--margin <share>", "differences within it are called the same", "2%")
    .option("--confidence <share>", "of all verdicts together, and of each bound", "95%")
    .option("--suspect <policy>", "suspect trials: leave-out or count", "leave-out")
    .option("-f, --format <format>", "text or md", "text")
    .option("--json", "print JSON")
    .option("--results <directory>", "where run directories are", "results")
    .addHelpText("after", AFTER)
    .action(async (names: readonly string[], flags: CompareFlags) => {
      const { compare } = await import("./compare_command.js");
      await compare(names, flags);
    });
}

const AFTER = `
better, worse: the rank test sees a difference, corrected for all rows. same: the factor is within the margin.
inconclusive: neither; more trials can tell. p is the corrected probability of such samples if nothing changed.

Examples:
  $ nicbench compare quickstart-20260102T030405Z-1a2b latest
  $ nicbench compare baselines/quickstart.yaml latest --format md > comparison.md

See also: nicbench gate, nicbench runs`;
