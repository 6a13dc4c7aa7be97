/** `nicbench runs` */
import { collect } from "./run.js";
import type { Command } from "commander";
import type { RunsFlags } from "./runs_command.js";

const RESULTS = ["--results <directory>", "where run directories are", "results"] as const;

export function addRuns(program: Command): void {
  const runs = program
    .command("runs")
    .summary("list runs, and tag them or note something about them")
    .description("Lists runs, the oldest first: suite, start, trials by verdict, tags and note.");
  runs
    .command("list", { isDefault: true })
    .summary("list runs (what runs does by itself)")
    .description("Lists runs, the oldest first: suite, start, trials by verdict, tags and note.")
    .option("--suite <name>", "only runs of this suite")
    .option("--tagged <tag>", "only runs with this tag; may be repeated", collect)
    .option("--json", "print JSON")
    .option(...RESULTS)
    .addHelpText("after", AFTER)
    .action(async (flags: RunsFlags) => (await import("./runs_command.js")).listRuns(flags));
  runs
    .command("tag")
    .summary("give a run tags, or take them away")
    .description(
      "Gives a run tags. They are for people and queries: tags of suites, chosen by run --tag, are another thing.",
    )
    .argument("<run>", "a run directory, a run's id, or latest")
    .argument("<tags...>", "such as baseline or before-upgrade")
    .option("--remove", "take them away")
    .option(...RESULTS)
    .addHelpText("after", AFTER)
    .action(async (run: string, tags: readonly string[], flags: RunsFlags & { readonly remove?: true }) =>
      (await import("./runs_command.js")).tagRun(run, tags, flags),
    );
  runs
    .command("note")
    .summary("note something about a run")
    .description("Keeps a note on a run, in place of the one before.")
    .argument("<run>", "a run directory, a run's id, or latest")
    .argument("<text>", "the note; an empty one removes it")
    .option(...RESULTS)
    .addHelpText("after", AFTER)
    .action(async (run: string, text: string, flags: RunsFlags) =>
      (await import("./runs_command.js")).noteRun(run, text, flags),
    );
  runs.addHelpText("after", AFTER);
}

const AFTER = `
Tags and note lie in annotations.json of the run's folder. Nothing that was measured is touched.

Examples:
  $ nicbench runs --suite quickstart
  $ nicbench runs tag latest baseline driver-5.2
  $ nicbench runs note latest "after the firmware update, fan at full speed"
  $ nicbench runs --tagged baseline

See also: nicbench query, nicbench report, nicbench pack`;
