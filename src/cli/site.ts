/** `nicbench site` */
import type { Command } from "commander";
import type { SiteFlags } from "./site_command.js";

export function addSite(program: Command): void {
  program
    .command("site")
    .summary("write pages with the history of all runs")
    .description("Writes static pages: how the metrics of each suite went over its runs, and where a level changed.")
    .argument("<directory>", "where to write them; index.html is the first")
    .option("--results <directory>", "where run directories are", "results")
    .addHelpText("after", AFTER)
    .action(async (directory: string, flags: SiteFlags) => {
      const { site } = await import("./site_command.js");
      await site(directory, flags);
    });
}

const AFTER = `
Runs of different testbeds and CPUs have pages of their own. Of each suite the last 200 runs are taken. The pages have no scripts
and load nothing, so that any web server, or none, can show them.

Examples:
  $ nicbench site public/nicbench
  $ nicbench site history --results /srv/nicbench/results

See also: nicbench compare, nicbench gate, nicbench list runs`;
