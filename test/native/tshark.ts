/** What tshark counts in a capture: the second opinion that `nicbench traffic inspect` must agree with. */
import { execa, execaSync } from "execa";

export interface CaptureCounts {
  readonly frames: number;
  readonly capturedBytes: number;
  readonly originalBytes: number;
  readonly durationSeconds: number;
  readonly flows: number;
  readonly connections: number;
  /** Frames by protocol; of IP frames the upper-layer one. */
  readonly protocols: Readonly<Record<string, number>>;
}

export const hasTshark = execaSync("tshark", ["--version"], { reject: false }).exitCode === 0;

const FIELDS = [
  "frame.time_epoch",
  "frame.len",
  "frame.cap_len",
  "frame.protocols",
  "ip.src",
  "ip.dst",
  "ipv6.src",
  "ipv6.dst",
  "ip.frag_offset",
  "ipv6.fraghdr.offset",
  "tcp.srcport",
  "tcp.dstport",
  "udp.srcport",
  "udp.dstport",
  "sctp.srcport",
  "sctp.dstport",
] as const;

type Row = Readonly<Record<(typeof FIELDS)[number], string>>;

/** Later fragments, frames that are not IP and frames whose addresses or ports are cut off have no flow. */
export async function tsharkCounts(file: string): Promise<CaptureCounts> {
  const rows = await dissect(file);
  const flows = rows.flatMap((row) => flowOf(row) ?? []);
  const times = rows.map((row) => nanoseconds(row["frame.time_epoch"]));
  const [first, last] = [times.reduce(earlier, times[0] ?? 0n), times.reduce(later, times[0] ?? 0n)];
  return {
    frames: rows.length,
    capturedBytes: sum(rows.map((row) => Number(row["frame.cap_len"]))),
    originalBytes: sum(rows.map((row) => Number(row["frame.len"]))),
    durationSeconds: Number(last - first) / 1e9,
    flows: new Set(flows.map(({ protocol, from, to }) => `${protocol} ${from} ${to}`)).size,
    connections: new Set(flows.map(({ protocol, from, to }) => `${protocol} ${[from, to].sort().join(" ")}`)).size,
    protocols: countBy(rows.map((row) => upperLayer(row) ?? lowerLayer(row))),
  };
}

async function dissect(file: string): Promise<readonly Row[]> {
  const preferences = ["ip.defragment", "ipv6.defragment", "tcp.desegment_tcp_streams"];
  // A capture that ends inside a frame makes tshark fail after it has printed the frames before.
  const { stdout } = await execa(
    "tshark",
    [
      ...["-n", "-r", file, "-T", "fields", "-E", "separator=|", "-E", "occurrence=f"],
      ...preferences.flatMap((name) => ["-o", `${name}:FALSE`]),
      ...FIELDS.flatMap((field) => ["-e", field]),
    ],
    { reject: false },
  );
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const values = line.split("|");
      return Object.fromEntries(FIELDS.map((field, i) => [field, values[i] ?? ""])) as Row;
    });
}

/** One frame as tshark dissects it, tunnels included. */
export interface DissectedFrame {
  /** Without FCS. */
  readonly length: number;
  readonly protocols: string;
  /** Of all headers, the outermost first: `good`, `bad`, `unverified`, or `none` where there is none. */
  readonly checksums: readonly string[];
  /** Warnings and errors of its dissectors. */
  readonly problems: readonly string[];
}

const CHECKSUM_STATUS: Readonly<Record<string, string>> = { "0": "bad", "1": "good", "2": "unverified", "3": "none" };

/** Checksums are verified, which tshark does not do unless it is told to. Payloads of zeros are not taken for DNS or QUIC. */
export async function dissectAll(file: string): Promise<readonly DissectedFrame[]> {
  const verified = ["ip.check_checksum", "tcp.check_checksum", "udp.check_checksum"];
  const status = ["ip.checksum.status", "udp.checksum.status", "tcp.checksum.status"];
  const fields = ["frame.len", "frame.protocols", ...status, "_ws.malformed", "_ws.expert.message"];
  const { stdout } = await execa("tshark", [
    ...["-n", "-r", file, "-T", "fields", "-E", "separator=|", "-E", "occurrence=a"],
    ...["dns", "quic"].flatMap((name) => ["--disable-protocol", name]),
    ...verified.flatMap((name) => ["-o", `${name}:TRUE`]),
    ...fields.flatMap((field) => ["-e", field]),
  ]);
  return stdout.split("\n").map((line) => {
    const [length = "", protocols = "", ...rest] = line.split("|");
    const checksums = rest.slice(0, 3).flatMap((value) => value.split(",").filter(Boolean));
    return {
      length: Number(length),
      protocols,
      checksums: checksums.map((code) => CHECKSUM_STATUS[code] ?? code),
      problems: rest.slice(3).filter(Boolean),
    };
  });
}

/** Frames in their order: when they came, in ns, who sent them to whom, and how long they are without FCS. */
export async function framesOf(file: string): Promise<readonly CapturedFrame[]> {
  return (await dissect(file)).map((row) => ({
    nanoseconds: nanoseconds(row["frame.time_epoch"]),
    length: Number(row["frame.len"]),
    flow: flowOf(row),
  }));
}

export interface CapturedFrame {
  readonly nanoseconds: bigint;
  readonly length: number;
  readonly flow: Flow | undefined;
}

/** Addresses and ports, as `10.0.0.1:80`. */
interface Flow {
  readonly protocol: string;
  readonly from: string;
  readonly to: string;
}

function flowOf(row: Row): Flow | undefined {
  const protocol = upperLayer(row);
  const from = row["ip.src"] || row["ipv6.src"];
  const to = row["ip.dst"] || row["ipv6.dst"];
  if (protocol === undefined || isLaterFragment(row) || from === "" || to === "") return undefined;
  if (protocol !== "tcp" && protocol !== "udp" && protocol !== "sctp") return { protocol, from, to };
  const [source, destination] = [row[`${protocol}.srcport`], row[`${protocol}.dstport`]];
  if (source === "" || destination === "") return undefined;
  return { protocol, from: `${from}:${source}`, to: `${to}:${destination}` };
}

const isLaterFragment = (row: Row): boolean =>
  Number(row["ip.frag_offset"] || 0) > 0 || Number(row["ipv6.fraghdr.offset"] || 0) > 0;

/** `tcp` of `eth:ethertype:ipv6:ipv6.hopopts:tcp:http`; an ICMP error's own headers come later. */
function upperLayer(row: Row): string | undefined {
  const layers = row["frame.protocols"].split(":");
  const network = layers.findIndex((layer) => layer === "ip" || layer === "ipv6");
  return network < 0 ? undefined : layers.slice(network + 1).find((layer) => !layer.startsWith("ipv6."));
}

const lowerLayer = (row: Row): string => (row["frame.protocols"].split(":").includes("arp") ? "arp" : "other");

/** `1700000000.000100001` exactly; as a number it would lose the nanoseconds. */
function nanoseconds(epoch: string): bigint {
  const [seconds = "0", fraction = ""] = epoch.split(".");
  return BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, "0").slice(0, 9));
}

const earlier = (a: bigint, b: bigint): bigint => (b < a ? b : a);
const later = (a: bigint, b: bigint): bigint => (b > a ? b : a);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
