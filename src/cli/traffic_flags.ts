/** The traffic that the flags of `nicbench traffic` describe, by the same rules as in a suite. */
import { resolve } from "node:path";
import { trafficConfig } from "../experiments/traffic/config.js";
import { trafficSchema } from "../experiments/traffic/parameters.js";
import { UserError } from "../errors.js";
import { check } from "../yaml/check.js";
import { emptyMap, placeText, setIn, type Located, type LocatedMap, type Place } from "../yaml/located.js";
import { parseYaml } from "../yaml/read.js";
import type { TrafficConfig } from "../agent/protocol.js";
import type { Problem } from "../yaml/problems.js";

/** As commander gives them; values are YAML, as with `--set`. */
export interface TrafficFlags {
  readonly profile?: string;
  readonly pcap?: string;
  readonly windows?: string;
  readonly flows?: string;
  readonly frameSize?: string;
  readonly ipv6Share?: string;
  readonly vlan?: string;
  readonly tunnel?: string;
  readonly vni?: string;
  readonly clients?: string;
  readonly servers?: string;
  readonly clientPorts?: string;
  readonly serverPorts?: string;
  readonly skew?: string;
  readonly newFlows?: string;
  readonly bothDirections?: true;
  readonly rate?: string;
  readonly pacing?: string;
  readonly seed?: number;
}

const NAMES = {
  profile: "profile",
  pcap: "pcap",
  windows: "windows",
  flows: "flows",
  frameSize: "frame_size",
  ipv6Share: "ipv6_share",
  vlan: "vlan",
  tunnel: "tunnel",
  vni: "vni",
  clients: "clients",
  servers: "servers",
  clientPorts: "client_ports",
  serverPorts: "server_ports",
  skew: "skew",
  newFlows: "new_flows",
  bothDirections: "both_directions",
  rate: "rate",
  pacing: "pacing",
} as const satisfies Partial<Record<keyof TrafficFlags, string>>;

/** Do the flags say anything about what is sent, beside its rate and seed? */
export function describesTraffic(flags: TrafficFlags): boolean {
  return Object.keys(NAMES).some((flag) => flag !== "rate" && flags[flag as keyof typeof NAMES] !== undefined);
}

/** @throws {UserError} `USAGE` with every flag that is wrong */
export function parseTraffic(flags: TrafficFlags): TrafficConfig {
  const parsed = check(trafficSchema, Object.entries(NAMES).reduce(withFlag(flags), emptyMap({ source: "flags" })));
  if (parsed.ok) return trafficConfig({ traffic: parsed.value }, parsed.value.rate, flags.seed ?? 1);
  throw wrong(parsed.problems);
}

function withFlag(flags: TrafficFlags) {
  return (traffic: LocatedMap, [flag, name]: [string, string]): LocatedMap => {
    const written = flags[flag as keyof typeof NAMES];
    if (written === undefined) return traffic;
    const place: Place = { source: `--${name.replaceAll("_", "-")}` };
    const value =
      name === "pcap"
        ? { kind: "scalar" as const, place, value: resolve(String(written)) }
        : valueOf(String(written), place);
    return setIn(traffic, [name], { keyPlace: place, value });
  };
}

function valueOf(text: string, place: Place): Located {
  const { node, problems } = parseYaml(text, place);
  if (problems.length > 0) throw wrong(problems);
  return node ?? { kind: "scalar", place, value: "" };
}

function wrong(problems: readonly Problem[]): UserError {
  const lines = problems.map(({ place, message }) => `${placeText(place)}: ${message}`);
  return new UserError(
    "USAGE",
    [...new Set(lines)].join("\n"),
    "What each flag takes: nicbench traffic generate --help",
  );
}
