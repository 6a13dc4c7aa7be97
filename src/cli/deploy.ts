/** `nicbench deploy` */
import { addHostOptions } from "./host_options.js";
import type { Command } from "commander";
import type { HostFlags } from "./host_options.js";

export function addDeploy(program: Command): void {
  const command = program
    .command("deploy")
    .summary("bring the agent to the hosts of a testbed")
    .description(
      "Brings agent and addon to every host that is reached by SSH, and starts the agent there once to see that it works.\n" +
        "nicbench run does the same by itself.",
    )
    .argument("<testbed>", "testbed file");
  addHostOptions(command)
    .addHelpText("after", AFTER)
    .action(async (testbed: string, flags: HostFlags) => {
      const { deployTo } = await import("./deploy_command.js");
      await deployTo(testbed, flags);
    });
}

const AFTER = `
Hosts on which somebody measures are left alone: the agent goes first, asks, and takes their lock; the rest follows.

They go to ~/.cache/nicbench/<SHA-256 of the content>/ of the user there. What is there already is checked by its digest.

Examples:
  $ nicbench deploy testbeds/my-lab.yaml
  $ nicbench deploy testbeds/my-lab.yaml --accept-new

See also: nicbench run`;
