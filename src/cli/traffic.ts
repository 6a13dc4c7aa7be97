/** `nicbench traffic` */
import { parseSeed } from "./run.js";
import type { Command } from "commander";
import type { SummariseFlags } from "./traffic_command.js";

export function addTraffic(program: Command): void {
  const traffic = program
    .command("traffic")
    .summary("look into captures and generated traffic")
    .description("Looks into captures and generated traffic.");
  traffic
    .command("inspect")
    .summary("frames, flows, sizes, protocols and problems of a capture")
    .description("Reads a libpcap file and prints its frames, flows, sizes, protocols, and what is wrong with it.")
    .argument("<pcap>", "capture file")
    .option("--json", "print JSON")
    .addHelpText("after", INSPECT_AFTER)
    .action(async (file: string, flags: { readonly json?: true }) => {
      const { inspect } = await import("./traffic_command.js");
      await inspect(file, flags.json === true);
    });
  traffic
    .command("summarise")
    .summary("count and digest the traffic that a suite would send")
    .description("Generates frames without sending them, and prints their count, bytes, flows and digest.")
    .option("--profile <name>", "uniform, zipf or campus (default: campus)")
    .option("--pcap <file>", "replay this capture instead of a profile")
    .option("--flows <count>", "live flows, such as 64Ki")
    .option("--frame-size <bytes>", "bytes of a frame with FCS, for uniform and zipf")
    .option("--skew <exponent>", "exponent of zipf")
    .option("--seed <number>", "seed; repetition n of a run with seed s, counted from 0, has s + n", parseSeed, 1)
    .option("--frames <count>", "how many frames to generate", "1M")
    .option("--json", "print JSON")
    .addHelpText("after", SUMMARISE_AFTER)
    .action(async (flags: SummariseFlags) => {
      const { summarise } = await import("./traffic_command.js");
      await summarise(flags);
    });
}

const INSPECT_AFTER = `
Examples:
  $ nicbench traffic inspect suites/captures/quickstart.pcap
  $ nicbench traffic inspect trace.pcap --json | jq .problems

See also: nicbench traffic summarise`;

const SUMMARISE_AFTER = `
The same options and seed give the same digest on every machine. A trial notes the digest of its traffic, so
two runs can be checked to have sent the same.

Examples:
  $ nicbench traffic summarise --profile campus --flows 1M --seed 7
  $ nicbench traffic summarise --profile zipf --skew 1.1 --frame-size 64B

See also: nicbench traffic inspect`;
