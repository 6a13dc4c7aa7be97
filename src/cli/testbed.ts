/** `nicbench testbed` */
import { addReachOptions } from "./host_options.js";
import type { Command } from "commander";
import type { PrivilegesFlags } from "./privileges_command.js";
import type { ReleaseFlags, StatusFlags } from "./testbed_command.js";

export function addTestbed(program: Command): void {
  const testbed = program
    .command("testbed")
    .summary("see who uses the hosts of a testbed, and what they must allow")
    .description("Who uses the hosts of a testbed, how to free them, and what needs root on each.")
    .addHelpText("after", AFTER);
  const status = testbed
    .command("status")
    .summary("say who uses the hosts")
    .description("Says for each host who measures on it, since when, and from where.")
    .argument("[testbed]", "testbed file (default: this machine)")
    .option("--json", "print JSON");
  addReachOptions(status).action(async (file: string | undefined, flags: StatusFlags) => {
    const { testbedStatus } = await import("./testbed_command.js");
    await testbedStatus(file, flags);
  });
  const release = testbed
    .command("release")
    .summary("free hosts that somebody left locked")
    .description("Frees the hosts of a testbed whose lock was left behind. Nothing that runs there is ended.")
    .argument("[testbed]", "testbed file (default: this machine)")
    .option("--force", "free them from a run as well that seems to go on");
  addReachOptions(release).action(async (file: string | undefined, flags: ReleaseFlags) => {
    const { testbedRelease } = await import("./testbed_command.js");
    await testbedRelease(file, flags);
  });
  const privileges = testbed
    .command("privileges")
    .summary("list what needs root on each host, and why")
    .description(
      "Lists what a run of the testbed needs beyond a user's rights on each host, and whether it is there now.",
    )
    .argument("<testbed>", "testbed file")
    .option("--json", "print JSON");
  addReachOptions(privileges).action(async (file: string, flags: PrivilegesFlags) => {
    const { listPrivileges } = await import("./privileges_command.js");
    await listPrivileges(file, flags);
  });
}

const AFTER = `
Each run takes the machines of its testbed for itself, since two at once would measure each other: run, gate, calibrate,
limits and deploy take the lock; with --wait they wait for it. It ends with them, whatever ends them: a lock
whose run is seen to be dead counts for nothing, and one whose agents are gone is free after 15 seconds.

Examples:
  $ nicbench testbed status testbeds/my-lab.yaml
  $ nicbench run suites/quickstart.yaml --testbed testbeds/my-lab.yaml --wait 10min

See also: nicbench run`;
