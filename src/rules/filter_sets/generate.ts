/**
 * Filters drawn from a profile, as testpmd's commands: the more bits one looks at, the higher its priority, so that none is
 * hidden by a wider one.
 */
import {
  filterProfile,
  type AddressTree,
  type FilterProfile,
  type FilterSetName,
  type PortClass,
  type Weights,
} from "./profiles.js";

/** Numbers in [0, 1). */
type Random = () => number;

export interface Filter {
  readonly protocol: string;
  readonly source: Prefix;
  readonly destination: Prefix;
  /** Of TCP and UDP. */
  readonly ports?: readonly [PortRange, PortRange];
}

interface Prefix {
  readonly address: number;
  readonly length: number;
}

type PortRange = readonly [first: number, last: number];

/**
 * The same for the same name, count and seed on any machine. No two are the same.
 *
 * @param random seeded
 */
export function filterSet(name: FilterSetName, count: number, random: Random): readonly Filter[] {
  const profile = filterProfile(name);
  const trees = { source: Math.floor(random() * 2 ** 32), destination: Math.floor(random() * 2 ** 32) };
  const filters = new Map<string, Filter>();
  for (let tries = 0; filters.size < count; tries += 1) {
    // Where nearly all that a kind of filter can be is there, others come instead: with equal halves at every node.
    const filter = drawFilter(profile, trees, random, tries > EVEN_AFTER * count);
    const key = patternOf(filter);
    if (!filters.has(key)) filters.set(key, filter);
  }
  return [...filters.values()]
    .map((filter) => [bitsOf(filter), filter] as const)
    .sort(([a], [b]) => b - a)
    .map(([, filter]) => filter);
}

const EVEN_AFTER = 20;

/** Each a line of a file for testpmd, such as suites take. */
export function filterCommands(filters: readonly Filter[]): readonly string[] {
  return filters.map(
    (filter, priority) =>
      `flow create 0 ingress priority ${priority} pattern ${patternOf(filter)} / end actions queue index 1 / end`,
  );
}

function drawFilter(
  profile: FilterProfile,
  trees: { readonly source: number; readonly destination: number },
  random: Random,
  even: boolean,
): Filter {
  const protocol = draw(profile.protocols, random);
  const [from, to] = draw(profile.prefixPairs, random);
  const source = drawAddress({ ...profile.source, key: trees.source, even }, from, random);
  const length = sharedBits(profile.correlation, Math.min(from, to), random);
  const shared = length === 0 ? undefined : { address: source, length };
  const destination = drawAddress({ ...profile.destination, key: trees.destination, even }, to, random, shared);
  const prefixes = { source: { address: source, length: from }, destination: { address: destination, length: to } };
  if (protocol !== "tcp" && protocol !== "udp") return { protocol, ...prefixes };
  const [sourceClass, destinationClass] = draw(profile.portPairs, random);
  return { protocol, ...prefixes, ports: [drawPorts(sourceClass, random), drawPorts(destinationClass, random)] };
}

function draw<T>(weights: Weights<T>, random: Random): T {
  let left = random() * weights.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [value, weight] of weights) {
    left -= weight;
    if (left < 0) return value;
  }
  throw new Error("there are no weights");
}

/** How long source and destination go on together: as a chain of bits, each with the same probability. */
function sharedBits(probability: number, most: number, random: Random): number {
  let bits = 0;
  while (bits < most && random() < probability) bits += 1;
  return bits;
}

interface Walk extends AddressTree {
  /** Which tree of the many that have this shape. */
  readonly key: number;
  readonly even: boolean;
}

/**
 * Walks down a tree that is the same for all addresses: whether a node has two children, and how unequal they are, follows from the
 * node, so that it needs no memory.
 *
 * @param shared the first bits, already known
 */
function drawAddress(tree: Walk, length: number, random: Random, shared: Prefix = { address: 0, length: 0 }): number {
  let node = shared.length === 0 ? 0 : shared.address >>> (32 - shared.length);
  for (let depth = shared.length; depth < length; depth += 1) {
    const mixed = mix(node, depth, tree.key);
    node = (node * 2 + childOf(tree, depth, mixed, random)) >>> 0;
  }
  return length === 0 ? 0 : (node << (32 - length)) >>> 0;
}

function childOf({ branching, skew, even }: Walk, depth: number, mixed: number, random: Random): number {
  const heavy = mixed & 1;
  if (even) return random() < 0.5 ? 0 : 1;
  const probability = branching.findLast(([from]) => from <= depth)?.[1] ?? 1;
  if ((mixed >>> 1) / 2 ** 31 >= probability) return heavy;
  const heavier = 1 / (2 - skew); // lighter / heavier = 1 - skew
  return random() < heavier ? heavy : 1 - heavy;
}

/** 32 bits that differ from node to node (the finalizer of MurmurHash3). */
function mix(node: number, depth: number, key: number): number {
  let value = (node ^ Math.imul(depth + 1, 0x9e3779b9) ^ key) >>> 0;
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

/** Services that filters name (RFC 6335), the most usual first. */
const SERVICES = [80, 443, 53, 25, 22, 21, 23, 110, 123, 161, 389, 445, 1433, 1521, 3306, 3389, 5060, 8080, 179, 514];
/** Ranges that services use. */
const RANGES: readonly PortRange[] = [
  [20, 21],
  [67, 68],
  [135, 139],
  [161, 162],
  [1433, 1434],
  [2300, 2400],
  [5000, 5010],
  [6000, 6063],
  [6660, 6670],
  [33434, 33523],
];
const ALL: PortRange = [0, 65535];
/** Of exact ports and of ranges, beside the usual ones. */
const UNUSUAL = 0.3;

function drawPorts(kind: PortClass, random: Random): PortRange {
  const port = (): number => 1 + Math.floor(random() * 65534);
  switch (kind) {
    case "WC":
      return ALL;
    case "HI":
      return [1024, 65535];
    case "LO":
      return [0, 1023];
    case "EM": {
      const one = random() < UNUSUAL ? port() : (SERVICES[Math.floor(random() ** 2 * SERVICES.length)] ?? 80);
      return [one, one];
    }
    case "AR": {
      if (random() >= UNUSUAL) return RANGES[Math.floor(random() * RANGES.length)] ?? ALL;
      const first = port();
      return [first, Math.min(65535, first + 1 + Math.floor(random() * 1000))];
    }
  }
}

/** IANA's numbers, of protocols that are no items. */
const NUMBERS: Readonly<Record<string, number>> = { gre: 47, esp: 50 };

function patternOf({ protocol, source, destination, ports }: Filter): string {
  const proto = NUMBERS[protocol] === undefined ? [] : [`proto is ${NUMBERS[protocol]}`];
  const ipv4 = ["ipv4", ...addressText("src", source), ...addressText("dst", destination), ...proto].join(" ");
  if (ports === undefined) return protocol === "icmp" ? `eth / ${ipv4} / icmp` : `eth / ${ipv4}`;
  return `eth / ${ipv4} / ${[protocol, ...portText("src", ports[0]), ...portText("dst", ports[1])].join(" ")}`;
}

function addressText(field: string, { address, length }: Prefix): readonly string[] {
  if (length === 0) return [];
  const text = [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join(".");
  return [length === 32 ? `${field} is ${text}` : `${field} spec ${text} ${field} prefix ${length}`];
}

function portText(field: string, [first, last]: PortRange): readonly string[] {
  if (first === 0 && last === 65535) return [];
  return [first === last ? `${field} is ${first}` : `${field} spec ${first} ${field} last ${last}`];
}

/** That a filter looks at; of a range, those that tell one of its size. */
function bitsOf({ source, destination, protocol, ports = [ALL, ALL] }: Filter): number {
  const portBits = ports.map(([first, last]) => 16 - Math.log2(last - first + 1));
  return (
    source.length + destination.length + (protocol === "any" ? 0 : 8) + portBits.reduce((sum, bits) => sum + bits, 0)
  );
}
