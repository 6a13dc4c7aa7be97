/** `nicbench doctor` */
import { addReachOptions } from "./host_options.js";
import type { Command } from "commander";
import type { DoctorFlags } from "./doctor_command.js";

export function addDoctor(program: Command): void {
  const command = program
    .command("doctor")
    .summary("say what this machine or a testbed can do, with advice")
    .description(
      "Looks at this machine, or at each host of a testbed with its ports: what nicbench can do there, what would make its\n" +
        "numbers better, and in what the hosts differ. What cannot be read is said.",
    )
    .argument("[testbed]", "testbed file (default: this machine, without ports)")
    .option("--json", "print JSON");
  addReachOptions(command)
    .addHelpText("after", AFTER)
    .action(async (testbed: string | undefined, flags: DoctorFlags) => {
      const { doctor } = await import("./doctor_command.js");
      await doctor(testbed, flags);
    });
}

const AFTER = `
ok: nothing to do. advice: numbers could be better. warning: it spoils numbers. missing: something does not work.

See also: nicbench testbed privileges, nicbench list tables, nicbench run suites/quickstart.yaml`;
