/** `nicbench limits` */
import { addWaitOption } from "./host_options.js";
import type { Command } from "commander";
import type { LimitsFlags } from "./limits_command.js";

export function addLimits(program: Command): void {
  const command = program
    .command("limits")
    .summary("measure what this machine's memory can do")
    .description(
      "Measures, over working sets from cache-resident to large, what no flow table on this machine can beat:\n" +
        "independent random line reads, the latency of a dependent read, and sequential bandwidth.",
    )
    .option("--size <bytes...>", "working sets, such as 512KiB 64MiB (default: 512KiB to 1GiB)")
    .option("--seconds <duration>", "for each measurement", "100ms")
    .option("--json", "print JSON");
  addWaitOption(command)
    .addHelpText("after", AFTER)
    .action(async (flags: LimitsFlags) => {
      const { limits } = await import("./limits_command.js");
      await limits(flags);
    });
}

const AFTER = `
A table that reads one line a lookup and computes nothing would reach the line reads of its size: tables are
reported as a share of that. Each trial of the experiment hashtable measures it again, right after, for the size
of its table.

See also: nicbench run suites/tables/lookup.yaml, nicbench doctor`;
