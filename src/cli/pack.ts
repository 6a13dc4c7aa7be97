/** `nicbench pack` */
import type { Command } from "commander";
import type { PackFlags } from "./pack_command.js";

export function addPack(program: Command): void {
  program
    .command("pack")
    .summary("write a run as one file")
    .description("Writes a run as one file, which report, compare, gate, export and merge take in place of a run.")
    .argument("<run>", "a run directory, a run's id, or latest")
    .option("-o, --out <file>", "where to write it (default: <run>.run.tar.gz)")
    .option("--anonymous", "without names of machines and people, addresses, paths, logs and notes, to publish it")
    .option("--results <directory>", "where run directories are", "results")
    .addHelpText("after", AFTER)
    .action(async (name: string, flags: PackFlags) => {
      const { pack } = await import("./pack_command.js");
      await pack(name, flags);
    });
}

const AFTER = `
The file is a gzipped tar archive; tar -xzf FILE -C results makes a run directory of it again. The same nicbench draws the
same report from it, byte for byte. It holds the logs, and facts of the hosts. With --anonymous it has no logs and notes, and pseudonyms for names of hosts
and accounts, IP and MAC addresses and paths; texts of the suite stay: look before you publish it.

Examples:
  $ nicbench pack latest
  $ nicbench pack latest --anonymous
  $ nicbench report quickstart-20260102T030405Z-1a2b.run.tar.gz --format html,svg

See also: nicbench report, nicbench merge, nicbench runs`;
