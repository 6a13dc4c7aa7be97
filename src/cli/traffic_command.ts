/** What `nicbench traffic` prints. The addon does the work, in an agent. */
import { resolve } from "node:path";
import { UserError } from "../errors.js";
import { withLocalAgent } from "../agent/once.js";
import { formatQuantity, parseCount, parseFrameRate } from "../units.js";
import { columns, print } from "./terminal.js";
import { describesTraffic, parseTraffic, type TrafficFlags } from "./traffic_flags.js";
import { trafficOfSuite, type PointFlags } from "./traffic_of_suite.js";
import type { AgentClient } from "../agent/client.js";
import type { PcapInspection, TrafficConfig } from "../agent/protocol.js";

export type SummariseFlags = TrafficFlags & { readonly frames: string; readonly json?: true };

export type GenerateFlags = SummariseFlags & PointFlags & { readonly output: string; readonly force?: true };

/** Of frames that a suite sends at no fixed rate. */
const DEFAULT_RATE = 1e6;

/** A capture of many GB takes its time; a hung agent is still noticed. */
const TIMEOUT_SECONDS = 600;

export async function inspect(file: string, asJson: boolean): Promise<void> {
  const inspection = await withNative((agent) => agent.call("pcap.inspect", { file: resolve(file) }, TIMEOUT_SECONDS));
  print(asJson ? JSON.stringify(inspection, null, 2) : inspectionText(inspection));
}

export async function summarise(flags: SummariseFlags): Promise<void> {
  const traffic = parseTraffic(flags);
  const frames = parseCount(flags.frames);
  const summary = await withNative((agent) => agent.call("traffic.summarise", { traffic, frames }, TIMEOUT_SECONDS));
  printSummary(traffic, summary, flags);
}

/** @param suite to take the traffic from, instead of the flags */
export async function generate(suite: string | undefined, flags: GenerateFlags): Promise<void> {
  const wanted = await wantedTraffic(suite, flags);
  const traffic = { ...wanted, rate: wanted.rate === "max" ? DEFAULT_RATE : wanted.rate };
  const file = resolve(flags.output);
  const request = { traffic, frames: parseCount(flags.frames), file, replace: flags.force === true };
  const summary = await withNative((agent) => agent.call("traffic.generate", request, TIMEOUT_SECONDS));
  printSummary(traffic, { file, ...summary }, flags);
}

async function wantedTraffic(suite: string | undefined, flags: GenerateFlags): Promise<TrafficConfig> {
  if (suite === undefined) return parseTraffic(flags);
  if (describesTraffic(flags)) {
    const hint = "Leave the suite out, or change it with --set, such as --set traffic.flows=64Ki.";
    throw new UserError("USAGE", "The suite says what is sent, and so do flags.", hint);
  }
  const traffic = await trafficOfSuite(suite, flags);
  return flags.rate === undefined ? traffic : { ...traffic, rate: parseFrameRate(flags.rate) };
}

function printSummary(traffic: TrafficConfig, facts: object, { json }: SummariseFlags): void {
  if (json === true) return print(JSON.stringify({ traffic, ...facts }, null, 2));
  return print(columns(Object.entries(facts).map(([name, value]) => [name, String(value)])));
}

async function withNative<T>(ask: (agent: AgentClient) => Promise<T>): Promise<T> {
  return withLocalAgent((agent) => {
    if (!agent.native.available) throw new UserError("NATIVE_MISSING", agent.native.reason, agent.native.hint);
    return ask(agent);
  });
}

function inspectionText(pcap: PcapInspection): string {
  const bytes = (value: number): string => `${value} (${formatQuantity(value, "bytes")})`;
  const facts = [
    ["file", pcap.file],
    ["format", `${pcap.format}, ${pcap.byteOrder} endian, ${pcap.timestampUnit} timestamps`],
    ["link type", `${pcap.linkType}, snap length ${pcap.snapLength}`],
    ["frames", String(pcap.frames)],
    ["captured", bytes(pcap.capturedBytes)],
    ["original", bytes(pcap.originalBytes)],
    ["duration", formatQuantity(pcap.durationSeconds, "s")],
    ["rate", pcap.durationSeconds > 0 ? formatQuantity((pcap.frames - 1) / pcap.durationSeconds, "frames/s") : "none"],
    ["flows", String(pcap.flows)],
    ["connections", String(pcap.connections)],
  ];
  const ends = pcap.ends.map(({ version, side, addresses, prefix, ports }) => {
    const of = ports === undefined ? "" : `ports ${ports[0]} to ${ports[1]}`;
    return ["  ", `IPv${version} ${side}s`, `${addresses} in ${prefix}`, of];
  });
  const protocols = Object.entries(pcap.protocols).map(([name, frames]) => ["  ", name, String(frames)]);
  const sizes = pcap.sizes.map(([edge, frames]) => ["  ", `up to ${edge} B`, String(frames)]);
  const problems = pcap.problems.map(({ kind, count, firstFrame }) => {
    return ["  ", kind, `${count} frames, the first is number ${firstFrame}`];
  });
  return [
    columns(facts),
    ...(ends.length === 0 ? [] : [section("Addresses and ports", ends)]),
    section("Protocols", protocols),
    section("Frame sizes with FCS", sizes),
    section("Problems", problems.length === 0 ? [["  ", "none"]] : problems),
  ].join("\n\n");
}

function section(title: string, rows: readonly (readonly string[])[]): string {
  return `${title}\n${columns(rows)}`;
}
