/** `traffic.clients`, `servers`, `client_ports` and `server_ports`: who talks with whom in generated traffic. */
import { z } from "zod";
import { quote } from "../../yaml/problems.js";
import { withoutUndefined } from "./defined.js";
import { behind, overlap, ownBits, prefixesOf, prefixOf, prefixText, type AddressPrefix } from "./prefixes.js";
import type { GeneratedTraffic } from "../../agent/protocol.js";

const CLIENTS = "10.0.0.0/10";
const SERVERS = "192.168.0.0/16";
const CLIENT_PORTS = "1024-65535";
/** What IPv4 addresses are behind where IPv6 flows have no prefixes: `kClients6` of the data path. */
const IPV6 = { clients: "2001:2:0:c::/96", servers: "2001:2:0:5::/96" } as const;

/** The data path cuts a range of ports into no more parts: `native/trafficgen/flow_tuples.h`. */
const MOST_PARTS = 2 ** 15;
const MOST_PREFIXES = 64;

const EXAMPLES = "10.0.0.0/10 or 2001:db8::/32, an address such as 10.1.2.3, or a list";

const prefixesSchema = z
  .union([z.string().meta({ examples: ["10.0.0.0/10", "192.0.2.0/24,2001:db8::/32"] }), z.array(z.string())])
  .transform((written, context) => {
    const refuse = (message: string) => {
      context.addIssue({ code: "custom", message, input: written });
      return z.NEVER;
    };
    const texts = [written].flat().flatMap((text) => text.split(","));
    const prefixes = texts.flatMap((text) => prefixOf(text) ?? []);
    if (texts.length === 0) return refuse(`is empty; write a prefix such as ${EXAMPLES}`);
    const wrong = texts.find((text) => prefixOf(text) === undefined);
    if (wrong !== undefined) return refuse(`${quote(wrong)} is no prefix; write one such as ${EXAMPLES}`);
    if (prefixes.length > MOST_PREFIXES)
      return refuse(`has ${prefixes.length} prefixes; write ${MOST_PREFIXES} at most`);
    const twice = overlapping(prefixes, (i) => prefixes.slice(0, i));
    if (twice !== undefined) return refuse(`has ${twice.join(" and ")}, which overlap; leave one of them out`);
    return prefixes.map(prefixText).join(",");
  });

const portsSchema = z
  .union([z.number(), z.string().meta({ examples: ["80", "1024-65535"] })])
  .transform((written, context) => {
    const ports = portsOf(String(written));
    if (ports !== undefined) return ports[0] === ports[1] ? String(ports[0]) : ports.join("-");
    const message = `${quote(written)} are no ports; write a port such as 80, or a range such as 1024-65535`;
    context.addIssue({ code: "custom", message, input: written });
    return z.NEVER;
  });

export const endpointFields = {
  clients: prefixesSchema
    .optional()
    .describe(
      `Addresses of the clients: a prefix, or a list of them ([192.0.2.0/24, 2001:db8::/32] or 192.0.2.0/24,2001:db8::/32). ` +
        `Default ${CLIENTS}. IPv6 flows have those of IPv6, or else the same last 32 bits as IPv4 ones behind ${IPV6.clients}.`,
    ),
  servers: prefixesSchema
    .optional()
    .describe(
      `Addresses of the servers, one drawn for each flow: a prefix, or a list of them. Default ${SERVERS}, ` +
        `of IPv6 flows behind ${IPV6.servers}.`,
    ),
  client_ports: portsSchema
    .optional()
    .describe(
      `Ports of the clients, pseudorandom for each flow (RFC 4814): a range or a port. Default ${CLIENT_PORTS}. ` +
        "Client and port tell flows apart, so there must be enough of both.",
    ),
  server_ports: portsSchema
    .optional()
    .describe(
      "Ports of the servers, one drawn for each flow: a range or a port. Default 443, and 80 of TCP, 53 of UDP.",
    ),
};

/** As {@link endpointFields} gives them. */
export interface Endpoints {
  readonly clients?: string | undefined;
  readonly servers?: string | undefined;
  readonly client_ports?: string | undefined;
  readonly server_ports?: string | undefined;
}

/** The part of the data path's configuration that says who talks with whom. */
export function endpointsConfig({
  clients,
  servers,
  client_ports,
  server_ports,
}: Endpoints): Partial<GeneratedTraffic> {
  return withoutUndefined({
    clients: clients?.split(","),
    servers: servers?.split(","),
    clientPorts: client_ports === undefined ? undefined : portsOf(client_ports),
    serverPorts: server_ports === undefined ? undefined : portsOf(server_ports),
  });
}

type Side = "clients" | "servers";

interface Fault {
  readonly key: Side;
  readonly message: string;
}

/** Why these flows can't be told apart, or which prefixes none has; undefined if all is well. */
export function endpointFault(
  given: Endpoints & { readonly ipv6_share?: number | undefined },
  flows: number,
): Fault | undefined {
  const { ipv6_share = 0 } = given;
  return (
    uselessPrefix(given, ipv6_share) ??
    (ipv6_share < 1 ? versionFault(given, 4, flows) : undefined) ??
    (ipv6_share > 0 ? versionFault(given, 6, flows) : undefined)
  );
}

function uselessPrefix(given: Endpoints, ipv6Share: number): Fault | undefined {
  for (const key of ["clients", "servers"] as const) {
    const prefixes = prefixesOf(given[key] ?? "");
    const ipv6 = prefixes.find(({ version }) => version === 6);
    if (ipv6 === undefined) continue;
    const none = `${prefixText(ipv6)} is of no flow: all are IPv4; set ipv6_share, such as 50%, or remove it`;
    if (ipv6Share === 0) return { key, message: none };
    const ipv4 = prefixes.find(({ version }) => version === 4);
    if (ipv6Share < 1 || ipv4 === undefined) continue;
    return { key, message: `${prefixText(ipv4)} is of no flow: all are IPv6; remove it or lower ipv6_share` };
  }
  return undefined;
}

function versionFault(given: Endpoints, version: 4 | 6, flows: number): Fault | undefined {
  const [clients, servers] = [addresses(given, "clients", version), addresses(given, "servers", version)];
  const both = overlapping(clients, () => servers);
  if (both !== undefined) {
    const message = `overlap: clients are ${both[0]}, servers ${both[1]}, so that two flows could be one; move either`;
    return { key: given.servers === undefined ? "clients" : "servers", message };
  }
  const most = distinctFlows(clients, portsOf(given.client_ports ?? CLIENT_PORTS) ?? [0, 0]);
  if (flows <= most) return undefined;
  const message =
    `have too few addresses and ports for ${flows} flows: ${most}, counted in powers of two; ` +
    "use a shorter prefix, more client_ports or fewer flows";
  return { key: "clients", message };
}

/** Those that flows of an IP version have on one side. */
function addresses(given: Endpoints, side: Side, version: 4 | 6): readonly AddressPrefix[] {
  const written = prefixesOf(given[side] ?? "").filter((prefix) => prefix.version === version);
  if (written.length > 0) return written;
  if (version === 4) return prefixesOf(side === "clients" ? CLIENTS : SERVERS);
  const ipv4 = addresses(given, side, 4);
  return prefixesOf(IPV6[side]).flatMap((ipv6) => ipv4.map((prefix) => behind(ipv6, prefix)));
}

/** Of a prefix no more than 2^32 addresses are numbered: `native/trafficgen/listed_tuples.h`. */
function distinctFlows(clients: readonly AddressPrefix[], [first, last]: readonly [number, number]): number {
  const count = clients.reduce((sum, prefix) => sum + 2 ** Math.min(ownBits(prefix), 32), 0);
  return Math.min(powerBelow(count) * Math.min(powerBelow(last - first + 1), MOST_PARTS), 2 ** 32);
}

function powerBelow(count: number): number {
  return 2 ** Math.floor(Math.log2(count));
}

/** The first prefix that overlaps one of its others, with that. */
function overlapping(
  prefixes: readonly AddressPrefix[],
  others: (i: number) => readonly AddressPrefix[],
): readonly [string, string] | undefined {
  for (const [i, prefix] of prefixes.entries()) {
    const other = others(i).find((candidate) => overlap(candidate, prefix));
    if (other !== undefined) return [prefixText(prefix), prefixText(other)];
  }
  return undefined;
}

function portsOf(text: string): readonly [number, number] | undefined {
  const [, from = "", to = from] = /^\s*(\d{1,5})(?:\s*-\s*(\d{1,5}))?\s*$/.exec(text) ?? [];
  const [first, last] = [Number(from), Number(to)];
  return from !== "" && first <= last && last <= 65535 ? [first, last] : undefined;
}
