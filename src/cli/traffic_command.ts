/** What `nicbench traffic` prints. The addon does the work, in an agent. */
import { resolve } from "node:path";
import { UserError } from "../errors.js";
import { withLocalAgent } from "../agent/once.js";
import { trafficConfig } from "../experiments/conntrack.js";
import { trafficSchema } from "../experiments/conntrack/parameters.js";
import { formatQuantity, parseCount } from "../units.js";
import { columns, print } from "./terminal.js";
import type { AgentClient } from "../agent/client.js";
import type { PcapInspection, TrafficConfig } from "../agent/protocol.js";

export interface SummariseFlags {
  readonly profile?: string;
  readonly pcap?: string;
  readonly flows?: string;
  readonly frameSize?: string;
  readonly skew?: string;
  readonly seed: number;
  readonly frames: string;
  readonly json?: true;
}

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
  if (flags.json === true) return print(JSON.stringify({ traffic, ...summary }, null, 2));
  const rows = Object.entries(summary).map(([name, value]) => [name, String(value)]);
  return print(columns(rows));
}

async function withNative<T>(ask: (agent: AgentClient) => Promise<T>): Promise<T> {
  return withLocalAgent((agent) => {
    if (!agent.native.available) throw new UserError("NATIVE_MISSING", agent.native.reason, agent.native.hint);
    return ask(agent);
  });
}

/** The same rules as in a suite. */
function parseTraffic({ profile, pcap, flows, frameSize, skew, seed }: SummariseFlags): TrafficConfig {
  const given = {
    profile,
    pcap: pcap === undefined ? undefined : resolve(pcap),
    flows,
    frame_size: frameSize,
    skew: skew === undefined ? undefined : Number(skew),
  };
  const parsed = trafficSchema.safeParse(given);
  if (parsed.success) return trafficConfig({ traffic: parsed.data }, parsed.data.rate, seed);
  const problems = parsed.error.issues.map(({ path, message }) => `--${path.join(".").replace("_", "-")}: ${message}`);
  throw new UserError("USAGE", problems.join("\n"), "See nicbench traffic summarise --help");
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
    ["flows", String(pcap.flows)],
    ["connections", String(pcap.connections)],
  ];
  const protocols = Object.entries(pcap.protocols).map(([name, frames]) => ["  ", name, String(frames)]);
  const sizes = pcap.sizes.map(([edge, frames]) => ["  ", `up to ${edge} B`, String(frames)]);
  const problems = pcap.problems.map(({ kind, count, firstFrame }) => {
    return ["  ", kind, `${count} frames, the first is number ${firstFrame}`];
  });
  return [
    columns(facts),
    section("Protocols", protocols),
    section("Frame sizes with FCS", sizes),
    section("Problems", problems.length === 0 ? [["  ", "none"]] : problems),
  ].join("\n\n");
}

function section(title: string, rows: readonly (readonly string[])[]): string {
  return `${title}\n${columns(rows)}`;
}
