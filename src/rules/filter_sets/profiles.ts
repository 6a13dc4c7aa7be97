/**
 * Filter sets in the manner of ClassBench (Taylor and Turner, "ClassBench: A Packet Classification Benchmark", INFOCOM 2005; IEEE/ACM
 * Transactions on Networking 15(3), 2007), which describes twelve real sets of three kinds by distributions: access control lists
 * (ACL), firewalls (FW), and Linux' IP chains (IPC).
 *
 * The distributions are those that the paper names; none of its seed files is used. The numbers are nicbench's own, round, and chosen so
 * that what the paper says of each kind holds (as far as memory serves: its text was not at hand):
 *
 * - protocols: TCP most often, then UDP, the wildcard and ICMP, with a few others;
 * - ports in five classes, wildcard (WC), 1024 to 65535 (HI), 0 to 1023 (LO), another range (AR), one port (EM), whose pairs are not
 *   independent: ACLs hardly look at source ports and mostly name one destination port; firewalls and IP chains also use the others;
 * - pairs of prefix lengths: ACLs have long source and destination prefixes; firewalls have many wildcards, and single hosts at the
 *   other end; IP chains are between them;
 * - address trees: how often a node has two children, and how unequal the halves below it are (skew), by depth;
 * - correlation: how often the destination goes on to be in the same subnet as the source.
 */

/** With how often each comes, relative to the others. */
export type Weights<T> = readonly (readonly [T, number])[];

export type PortClass = "WC" | "HI" | "LO" | "AR" | "EM";
export type Protocol = "tcp" | "udp" | "icmp" | "gre" | "esp" | "any";

export interface AddressTree {
  /** Probability that a node has two children, at these depths and below. */
  readonly branching: readonly (readonly [depth: number, probability: number])[];
  /** 1 - lighter / heavier of the two children of a node, on average: 0 for equal halves, near 1 for a single path. */
  readonly skew: number;
}

export interface FilterProfile {
  readonly title: string;
  readonly protocols: Weights<Protocol>;
  /** Of TCP and UDP: classes of source and destination port. */
  readonly portPairs: Weights<readonly [PortClass, PortClass]>;
  /** Lengths of source and destination prefix. */
  readonly prefixPairs: Weights<readonly [number, number]>;
  readonly source: AddressTree;
  readonly destination: AddressTree;
  /** Probability that the destination, as long as it is the same as the source, stays so for a bit more. */
  readonly correlation: number;
}

const TREE: AddressTree = {
  branching: [
    [0, 0.4],
    [8, 0.5],
    [16, 0.7],
    [24, 0.9],
  ],
  skew: 0.5,
};

const profiles = {
  acl: {
    title: "access control list: long prefixes, one destination port",
    protocols: [
      ["tcp", 60],
      ["udp", 25],
      ["icmp", 8],
      ["any", 6],
      ["gre", 1],
    ],
    portPairs: [
      [["WC", "EM"], 70],
      [["WC", "AR"], 12],
      [["WC", "WC"], 10],
      [["WC", "HI"], 6],
      [["WC", "LO"], 1],
      [["EM", "EM"], 1],
    ],
    prefixPairs: [
      [[32, 32], 20],
      [[24, 32], 20],
      [[28, 32], 10],
      [[23, 32], 10],
      [[21, 32], 8],
      [[16, 32], 5],
      [[24, 24], 10],
      [[28, 28], 5],
      [[16, 24], 4],
      [[0, 32], 4],
      [[32, 24], 3],
      [[0, 24], 1],
    ],
    source: TREE,
    destination: { ...TREE, skew: 0.6 },
    correlation: 0.7,
  },
  fw: {
    title: "firewall: wildcards, single hosts, ranges of ports",
    protocols: [
      ["tcp", 55],
      ["udp", 25],
      ["any", 10],
      ["icmp", 6],
      ["gre", 2],
      ["esp", 2],
    ],
    portPairs: [
      [["WC", "EM"], 35],
      [["WC", "WC"], 15],
      [["WC", "AR"], 8],
      [["WC", "HI"], 6],
      [["WC", "LO"], 2],
      [["EM", "WC"], 10],
      [["HI", "EM"], 10],
      [["HI", "HI"], 4],
      [["AR", "AR"], 4],
      [["EM", "EM"], 4],
      [["EM", "HI"], 2],
    ],
    prefixPairs: [
      [[0, 32], 27],
      [[32, 0], 22],
      [[32, 32], 15],
      [[0, 24], 8],
      [[24, 0], 6],
      [[0, 28], 5],
      [[28, 0], 3],
      [[16, 32], 4],
      [[32, 16], 3],
      [[0, 16], 3],
      [[16, 0], 2],
      [[0, 0], 2],
    ],
    source: { ...TREE, skew: 0.7 },
    destination: { ...TREE, skew: 0.7 },
    correlation: 0.5,
  },
  ipc: {
    title: "IP chains: both of long prefixes and of wildcards, all classes of ports",
    protocols: [
      ["tcp", 45],
      ["udp", 35],
      ["any", 10],
      ["icmp", 8],
      ["esp", 2],
    ],
    portPairs: [
      [["WC", "EM"], 30],
      [["WC", "WC"], 20],
      [["EM", "WC"], 15],
      [["EM", "EM"], 10],
      [["HI", "EM"], 8],
      [["EM", "HI"], 7],
      [["WC", "AR"], 4],
      [["AR", "WC"], 3],
      [["HI", "HI"], 2],
      [["LO", "LO"], 1],
    ],
    prefixPairs: [
      [[32, 32], 35],
      [[24, 32], 10],
      [[32, 24], 10],
      [[0, 32], 10],
      [[32, 0], 10],
      [[24, 24], 8],
      [[28, 30], 5],
      [[30, 28], 4],
      [[16, 32], 4],
      [[0, 24], 2],
      [[24, 0], 2],
    ],
    source: TREE,
    destination: TREE,
    correlation: 0.6,
  },
} as const satisfies Readonly<Record<string, FilterProfile>>;

export type FilterSetName = keyof typeof profiles;

export const FILTER_SETS = ["acl", "fw", "ipc"] as const satisfies readonly FilterSetName[];

export function filterProfile(name: FilterSetName): FilterProfile {
  return profiles[name];
}
