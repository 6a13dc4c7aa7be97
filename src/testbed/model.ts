/** What a testbed file becomes once it is loaded. */
import type { ProgramSpec } from "./program.js";

export interface Testbed {
  readonly name: string;
  readonly title?: string;
  /** Path of the file it came from. */
  readonly file: string;
  readonly hosts: Readonly<Record<string, HostSpec>>;
  readonly roles: Readonly<Record<string, RoleSpec>>;
  /** The file as plain JSON, for `run.json`. */
  readonly resolved: unknown;
}

export type HostSpec =
  | { readonly kind: "local" }
  /** A network namespace that nicbench makes for the run, reached by SSH. */
  | { readonly kind: "netns" }
  | SshHostSpec;

export interface SshHostSpec {
  readonly kind: "ssh";
  /** `[user@]alias`, as ssh(1) takes it. */
  readonly alias: string;
  /** The agent runs as root, by `sudo -n`. */
  readonly sudo: boolean;
  /** Folder on the host where nicbench was built; without it this machine's build is uploaded. */
  readonly install?: string;
}

export interface RoleSpec {
  /** Key of `Testbed.hosts`. */
  readonly host: string;
  readonly ports: readonly PortSpec[];
  /** CPUs that the role may pin to, in order of use; `auto` lets nicbench choose. */
  readonly cores: "auto" | readonly number[];
  /** The program that plays the role, where it is not ours. */
  readonly command?: ProgramSpec;
}

export interface PortSpec {
  /** The wire: `ring` joins two threads of one agent, others are ports of the host. */
  readonly io: string;
  /** What the wire is opened on: an interface, a PCI address, or the arguments of a device of DPDK or of memif. None on `ring`. */
  readonly device?: string;
  /** With the length of its prefix; given to interfaces of network namespaces. */
  readonly address?: string;
  /** Each for a core of its own, both ways. Left out, 1. */
  readonly queues?: number;
}

/** Where a role runs: the CPUs and ports that the testbed gives it. */
export interface RolePlacement extends PortSpec {
  readonly host: string;
  /** CPU numbers, in order of use; empty leaves threads to the scheduler. */
  readonly cpus: readonly number[];
  /** More CPUs of the host, which no role has, best first: for a point that asks for more cores than others. */
  readonly spare?: readonly number[];
}

/** The CPUs that this process may use, and which of them share a core or a memory node. */
export interface CpuTopology {
  /** Allowed by affinity mask and cpuset, ascending. */
  readonly cpus: readonly CpuPlace[];
}

export interface CpuPlace {
  readonly cpu: number;
  /** CPUs of the same physical core, itself included, ascending. */
  readonly siblings: readonly number[];
  readonly node: number;
}

export function rolesOn(host: string, { roles }: Pick<Testbed, "roles">): readonly RoleSpec[] {
  return Object.values(roles).filter((role) => role.host === host);
}
