/** `nicbench calibrate` */
import { addWaitOption } from "./host_options.js";
import type { Command } from "commander";
import type { CalibrateFlags } from "./calibrate_command.js";

export function addCalibrate(program: Command): void {
  const command = program
    .command("calibrate")
    .argument("[testbed]", "testbed file (default: this machine)")
    .summary("measure the generator alone, on a wire")
    .description(
      "Measures what the generator can do on a wire without a DUT: the most frames a second, how close to their times it\n" +
        "sends them, and the least latency that the wire has.",
    )
    .option("--wire <name...>", "wires, as nicbench list wires names them (default: that of the testbed)")
    .option("--seconds <duration>", "for each measurement", "500ms")
    .option("--json", "print JSON");
  addWaitOption(command)
    .addHelpText("after", AFTER)
    .action(async (testbed: string | undefined, flags: CalibrateFlags) => {
      const { calibrate } = await import("./calibrate_command.js");
      await calibrate(testbed, flags);
    });
}

const AFTER = `
ceiling      most frames/s, best of three. ring: the far end is a core that returns buffers. Other wires: nobody reads the
             far end of a veth pair, and the kernel carries each frame there.
off by       distance of the offered load from the intended one
late         from when a frame was due until the wire had taken it
apart        error of the time between two frames
round trip   latency of probes, one at a time, through a DUT that does nothing

The result is kept for this host, wire, version and day (UTC), under $XDG_CACHE_HOME/nicbench or ~/.cache/nicbench. Runs of that day
name it in their reports, and mark results within 5 % of the ceiling: near-generator-ceiling.

See also: nicbench list wires, nicbench limits, nicbench doctor`;
