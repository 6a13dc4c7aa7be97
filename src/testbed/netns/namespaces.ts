/** Network namespaces and what joins them, by ip(8). */
import { execaSync } from "execa";
import { UserError } from "../../errors.js";
import type { LinkEnd } from "./links.js";

/** What a run has for its own, so that two runs do not meet. */
export interface Slot {
  readonly folder: string;
  /** Its namespaces are called this and the host's name. */
  readonly prefix: string;
  /** First letters of its interfaces in the namespace of this machine. */
  readonly interfacePrefix: string;
  /** The first three bytes of its addresses. */
  readonly network: string;
}

export interface Namespace {
  readonly name: string;
  /** Its own address, on the link to this machine. */
  readonly address: string;
}

/**
 * A namespace with a link to this machine, a network of two addresses.
 *
 * @throws {UserError} NETNS_FAILED: ip(8) is missing, or what it said
 */
export function addNamespace({ prefix, interfacePrefix, network }: Slot, host: string, index: number): Namespace {
  const name = `${prefix}${host}`;
  const near = `${interfacePrefix}${index}`;
  const address = `${network}.${4 * index + 2}`;
  ip(["netns", "add", name]);
  ip(["link", "add", near, "type", "veth", "peer", "name", "mgmt0", "netns", name]);
  ip(["address", "add", `${network}.${4 * index + 1}/30`, "dev", near]);
  ip(["link", "set", near, "up"]);
  ip(["-n", name, "link", "set", "lo", "up"]);
  ip(["-n", name, "address", "add", `${address}/30`, "dev", "mgmt0"]);
  ip(["-n", name, "link", "set", "mgmt0", "up"]);
  return { name, address };
}

/** Without addresses, so that the kernel sends nothing of its own over them, unless the testbed gives them some. */
export function joinNamespaces({ prefix }: Slot, near: LinkEnd, far: LinkEnd): void {
  const queues = queuesOf(Math.max(near.queues ?? 1, far.queues ?? 1));
  const peer = ["peer", "name", far.interface, ...queues, "netns", `${prefix}${far.host}`];
  ip(["-n", `${prefix}${near.host}`, "link", "add", near.interface, ...queues, "type", "veth", ...peer]);
  for (const { host, interface: name, address } of [near, far]) {
    ip(["-n", `${prefix}${host}`, "link", "set", name, "addrgenmode", "none"]);
    if (address !== undefined) addAddress(`${prefix}${host}`, name, address);
    ip(["-n", `${prefix}${host}`, "link", "set", name, "up"]);
  }
}

/** Arguments for one end of a pair. A kernel chooses by itself how many it could have, and uses one. */
function queuesOf(queues: number): readonly string[] {
  return queues === 1 ? [] : ["numtxqueues", String(queues), "numrxqueues", String(queues)];
}

/** An address of IPv6 can be used at once: there is no one else on the link who might have it. */
function addAddress(namespace: string, name: string, address: string): void {
  ip(["-n", namespace, "address", "add", address, "dev", name, ...(address.includes(":") ? ["nodad"] : [])]);
}

/** Namespaces whose name begins so, with all that runs in them; their interfaces go with them. Never throws. */
export function removeNamespaces(prefix: string): void {
  const names = tell(["netns", "list"])
    .split("\n")
    .map((line) => line.split(" ")[0] ?? "");
  for (const name of names.filter((each) => each.startsWith(prefix))) {
    for (const pid of tell(["netns", "pids", name]).split("\n").filter(Boolean)) kill(Number(pid));
    tell(["netns", "delete", name]);
  }
}

/** IPv4 addresses of this machine within a network, one a line. */
export function addressesIn(network: string): string {
  return tell(["-4", "-oneline", "address", "show", "to", network]);
}

function ip(args: readonly string[]): void {
  const { failed, stderr, shortMessage = "" } = execaSync("ip", args, { reject: false });
  if (!failed) return;
  throw new UserError(
    "NETNS_FAILED",
    `The network namespaces cannot be made: ip ${args.join(" ")}: ${stderr || shortMessage}.`,
    "This needs root, iproute2 and a kernel with network namespaces and veth; containers may lack the right to make them.",
  );
}

function tell(args: readonly string[]): string {
  return execaSync("ip", args, { reject: false }).stdout.trim();
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has gone meanwhile.
  }
}
