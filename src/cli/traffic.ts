/** `nicbench traffic` */
import { collect, parseSeed } from "./run.js";
import type { Command } from "commander";
import type { GenerateFlags, SummariseFlags } from "./traffic_command.js";

export function addTraffic(program: Command): void {
  const traffic = program
    .command("traffic")
    .summary("look into captures and generated traffic")
    .description("Looks into captures and generated traffic.");
  traffic
    .command("inspect")
    .summary("frames, flows, addresses, sizes, protocols and problems of a capture")
    .description(
      "Reads a libpcap file and prints its frames, flows, their addresses and ports, sizes, protocols, and what is wrong with it.",
    )
    .argument("<pcap>", "capture file")
    .option("--json", "print JSON")
    .addHelpText("after", INSPECT_AFTER)
    .action(async (file: string, flags: { readonly json?: true }) => {
      const { inspect } = await import("./traffic_command.js");
      await inspect(file, flags.json === true);
    });
  trafficFlags(
    traffic
      .command("summarise")
      .summary("count and digest the traffic that a suite would send")
      .description("Generates frames without sending them, and prints their count, bytes, flows and digest."),
    "1M",
  )
    .addHelpText("after", SUMMARISE_AFTER)
    .action(async (flags: SummariseFlags) => {
      const { summarise } = await import("./traffic_command.js");
      await summarise(flags);
    });
  trafficFlags(
    traffic
      .command("generate")
      .summary("write the traffic that a suite would send as a capture")
      .description("Writes the frames that a suite or the flags describe as a capture, each at its intended time.")
      .argument("[suite]", "suite file, or the name of a suite that ships, instead of flags")
      .requiredOption("-o, --output <file>", "capture to write")
      .option("--force", "write over a file that exists")
      .option(
        "--rate <rate>",
        "frames a second, for the times; with --pcap also 2x: twice as fast as recorded (default: the suite's, or 1Mpps)",
      )
      .option("--point <id>", "which point of the suite, where they send different traffic")
      .option("--tag <name>", "choose a variant of the suite; may be repeated", collect)
      .option("--set <key=value>", "override a value of the suite; may be repeated", collect),
    "100k",
  )
    .addHelpText("after", GENERATE_AFTER)
    .action(async (suite: string | undefined, flags: GenerateFlags) => {
      const { generate } = await import("./traffic_command.js");
      await generate(suite, flags);
    });
}

/** The keys of `traffic` in a suite; values are written as there. */
function trafficFlags(command: Command, frames: string): Command {
  return command
    .option("--profile <name>", "uniform, zipf or campus (default: campus)")
    .option("--pcap <file>", "replay this capture instead of a profile")
    .option("--windows <count>", "so many windows of the capture at once, each with addresses of its own")
    .option("--flows <count>", "live flows, such as 64Ki")
    .option(
      "--frame-size <size>",
      "for uniform and zipf: 64B, 64B,512B,1518B in turn, 64B:7,594B:4 by weight, imix, imix:aaab, {pcap: file}",
    )
    .option("--ipv6-share <share>", "share of the flows that are IPv6, such as 20%")
    .option("--vlan <tags>", "VLAN tag of all frames: 100, {id: 100, priority: 5}, or a list of two")
    .option("--tunnel <name>", "vxlan, gre or geneve around every packet")
    .option("--vni <number>", "network identifier of vxlan and geneve")
    .option(
      "--clients <prefixes>",
      "addresses of the clients, such as 192.0.2.0/24,2001:db8::/32 (default: 10.0.0.0/10)",
    )
    .option("--servers <prefixes>", "addresses of the servers (default: 192.168.0.0/16)")
    .option("--client-ports <ports>", "a range or a port (default: 1024-65535)")
    .option("--server-ports <ports>", "a range or a port (default: 443, 80 of TCP, 53 of UDP)")
    .option("--skew <exponent>", "exponent of zipf")
    .option("--new-flows <rate>", "flows a second that end and are replaced, such as 200kfps")
    .option("--both-directions", "also what the servers answer")
    .option(
      "--seed <number>",
      "seed; repetition n of a run with seed s, counted from 0, has s + n (default: 1)",
      parseSeed,
    )
    .option("--frames <count>", "how many frames to generate", frames)
    .option("--json", "print JSON");
}

const INSPECT_AFTER = `
Examples:
  $ nicbench traffic inspect suites/captures/quickstart.pcap
  $ nicbench traffic inspect trace.pcap --json | jq .problems

See also: nicbench traffic generate, nicbench traffic summarise`;

const SUMMARISE_AFTER = `
The same options and seed give the same digest on every machine. A trial notes the digest of its traffic, so
two runs can be checked to have sent the same.

Examples:
  $ nicbench traffic summarise --profile campus --flows 1M --seed 7
  $ nicbench traffic summarise --profile zipf --skew 1.1 --frame-size 64B

See also: nicbench traffic generate, nicbench traffic inspect`;

const GENERATE_AFTER = `
The same options and seed give the same bytes on every machine. Times start at 0 and go up by 1 / rate;
those of a capture at a rate such as 2x are its own, divided by 2. Frames are written without their FCS, as captures are.

Examples:
  $ nicbench traffic generate --profile uniform --frame-size imix --frames 100k -o imix.pcap
  $ nicbench traffic generate --clients 192.0.2.0/24,2001:db8::/32 --ipv6-share 20% --client-ports 1024-65535 -o two.pcap
  $ nicbench traffic generate --pcap trace.pcap --rate 2x --frames 10k -o faster.pcap
  $ nicbench traffic generate suites/rfc2544/throughput.yaml --set matrix.traffic.frame_size=[512B] --frames 10k -o 512.pcap

See also: nicbench traffic inspect, nicbench traffic summarise`;
