/** `traffic.clients`, `servers`, `client_ports` and `server_ports`: who talks with whom in generated traffic. */
import { isIPv4 } from "node:net";
import { z } from "zod";
import { quote } from "../../yaml/problems.js";
import { withoutUndefined } from "./defined.js";
import type { AddressPrefix, GeneratedTraffic } from "../../agent/protocol.js";

const CLIENTS = "10.0.0.0/10";
const SERVERS = "192.168.0.0/16";
const CLIENT_PORTS = "1024-65535";

/** The data path cuts a range of ports into no more parts: `native/trafficgen/flow_tuples.h`. */
const MOST_PARTS = 2 ** 15;

const prefixSchema = z.string().transform((written, context) => {
  const prefix = prefixOf(written);
  if (prefix !== undefined) return textOf(prefix);
  const message = `${quote(written)} is no prefix of IPv4 addresses; write one such as 10.0.0.0/10, or an address such as 10.1.2.3`;
  context.addIssue({ code: "custom", message, input: written });
  return z.NEVER;
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
  clients: prefixSchema
    .optional()
    .describe(
      `Addresses of the clients, as an IPv4 prefix. Default ${CLIENTS}. IPv6 flows have the same last 32 bits.`,
    ),
  servers: prefixSchema
    .optional()
    .describe(`Addresses of the servers, one drawn for each flow, as an IPv4 prefix. Default ${SERVERS}.`),
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
    clients: clients === undefined ? undefined : prefixOf(clients),
    servers: servers === undefined ? undefined : prefixOf(servers),
    clientPorts: client_ports === undefined ? undefined : portsOf(client_ports),
    serverPorts: server_ports === undefined ? undefined : portsOf(server_ports),
  });
}

/** Why these flows can't be told apart, and at which parameter; undefined if they can. */
export function endpointFault(
  given: Endpoints,
  flows: number,
): { readonly key: "clients" | "servers"; readonly message: string } | undefined {
  const { clients = CLIENTS, servers = SERVERS, client_ports = CLIENT_PORTS } = given;
  const [from, to] = [prefixOf(clients), prefixOf(servers)];
  if (from === undefined || to === undefined) return undefined;
  if (overlap(from, to)) {
    const message = `overlap: clients are ${clients}, servers ${servers}, so that two flows could be one; move either`;
    return { key: given.servers === undefined ? "clients" : "servers", message };
  }
  const most = distinctFlows(from, portsOf(client_ports) ?? [0, 0]);
  if (flows <= most) return undefined;
  const message = `have too few addresses and ports for ${flows} flows: ${most}; use a shorter prefix, more client_ports or fewer flows`;
  return { key: "clients", message };
}

function distinctFlows({ length }: AddressPrefix, [first, last]: readonly [number, number]): number {
  const parts = Math.min(2 ** Math.floor(Math.log2(last - first + 1)), MOST_PARTS);
  return Math.min(2 ** (32 - length) * parts, 2 ** 32);
}

function overlap(a: AddressPrefix, b: AddressPrefix): boolean {
  const size = 2 ** (32 - Math.min(a.length, b.length));
  return Math.floor(a.address / size) === Math.floor(b.address / size);
}

function prefixOf(text: string): AddressPrefix | undefined {
  const [, written = "", bits = "32"] = /^\s*([\d.]+)(?:\/(\d{1,2}))?\s*$/.exec(text) ?? [];
  const length = Number(bits);
  if (!isIPv4(written) || length > 32) return undefined;
  const address = written.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const size = 2 ** (32 - length);
  return { address: Math.floor(address / size) * size, length };
}

function textOf({ address, length }: AddressPrefix): string {
  const bytes = [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256);
  return `${bytes.join(".")}/${length}`;
}

function portsOf(text: string): readonly [number, number] | undefined {
  const [, from = "", to = from] = /^\s*(\d{1,5})(?:\s*-\s*(\d{1,5}))?\s*$/.exec(text) ?? [];
  const [first, last] = [Number(from), Number(to)];
  return from !== "" && first <= last && last <= 65535 ? [first, last] : undefined;
}
