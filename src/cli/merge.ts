/** `nicbench merge` */
import type { Command } from "commander";
import type { MergeFlags } from "./merge_command.js";

export function addMerge(program: Command): void {
  program
    .command("merge")
    .summary("join the shards of a suite into one run")
    .description(
      "Joins runs of the shards of one suite (run --shard) into one run, which reports, compares and gates as one.",
    )
    .argument("<runs...>", "run directories, ids of runs, or packed runs: one of each shard")
    .option("--json", "print the summary as JSON on stdout, and nothing else there")
    .option("--results <directory>", "where run directories are, and the merged one is made", "results")
    .addHelpText("after", AFTER)
    .action(async (names: readonly string[], flags: MergeFlags) => {
      const { merge } = await import("./merge_command.js");
      await merge(names, flags);
    });
}

const AFTER = `
The points are dealt out to the shards by their ids, so that any scheduler can start them anywhere, in any order. Shards are
refused that differ in suite, parameters, seed, version or commit; where their hosts differ, a warning says so.

Examples:
  $ nicbench run suites/quickstart.yaml --shard 1/2      on one testbed
  $ nicbench run suites/quickstart.yaml --shard 2/2      on another one
  $ nicbench merge quickstart-20260102T030405Z-1a2b quickstart-20260102T030411Z-2c3d
  $ nicbench report latest

See also: nicbench run, nicbench pack, nicbench report`;
