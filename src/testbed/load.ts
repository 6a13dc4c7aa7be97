/** Loads a testbed file, with the same care for positions and names as a suite. */
import { mapValues } from "../map_values.js";
import { fileURLToPath } from "node:url";
import { check } from "../yaml/check.js";
import { keyPlaceOf, placeOf, plain, type LocatedMap } from "../yaml/located.js";
import { didYouMean } from "../yaml/nearest.js";
import { dotted, problemsError, quote, type Problem } from "../yaml/problems.js";
import { readYaml, type FileKind } from "../yaml/read.js";
import { formatCpuList } from "./cpu_list.js";
import { machineOf } from "./machine.js";
import type { HostSpec, PortSpec, RoleSpec, Testbed } from "./model.js";
import { unjoinedNamespaces } from "./netns/links.js";
import { programOf } from "./program_schema.js";
import { testbedSchema, type TestbedFile } from "./schema.js";

export type { Testbed } from "./model.js";

/** The testbed that needs no set-up; `src/` and `dist/` lie side by side, so this holds for both. */
export const LOCAL_TESTBED = fileURLToPath(new URL("../../testbeds/local.yaml", import.meta.url));

const TESTBED: FileKind = {
  noun: "testbed",
  code: "TESTBED",
  hint: "Without --testbed nicbench uses this machine, which needs no file.",
};

/**
 * @param file testbed file; without it the embedded `testbeds/local.yaml`
 * @throws {UserError} `TESTBED_NOT_FOUND`, `TESTBED_UNREADABLE`, or `TESTBED_INVALID` with every problem and its place
 */
export async function loadTestbed(file: string = LOCAL_TESTBED): Promise<Testbed> {
  const written = await readYaml(file, TESTBED);
  const checked = check(testbedSchema, written);
  const problems = checked.ok ? problemsOf(checked.value, written) : checked.problems;
  if (!checked.ok || problems.length > 0) throw problemsError("TESTBED_INVALID", file, problems, TESTBED.hint);
  return testbedOf(checked.value, file, plain(written));
}

/** The testbed that a run was made with, from its `run.json`; undefined if another version wrote it. */
export function restoreTestbed({ file, resolved }: Pick<Testbed, "file" | "resolved">): Testbed | undefined {
  const parsed = testbedSchema.safeParse(resolved);
  return parsed.success ? testbedOf(parsed.data, file, resolved) : undefined;
}

function testbedOf({ name, title, hosts, roles }: TestbedFile, file: string, resolved: unknown): Testbed {
  return {
    name,
    ...(title === undefined ? {} : { title }),
    file,
    hosts: mapValues(hosts, hostOf),
    roles: mapValues(roles, roleOf),
    resolved,
  };
}

function roleOf({ host, ports = [], cores, command }: TestbedFile["roles"][string]): RoleSpec {
  return { host, ports: ports.map(portOf), cores, ...(command === undefined ? {} : { command: programOf(command) }) };
}

/** What is wrong with a testbed for the suite that it is to run. */
export interface Complaint {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** @throws {UserError} `TESTBED_INVALID`: the complaints, each with its place in the file */
export async function refuseTestbed({ file }: Testbed, complaints: readonly Complaint[], hint: string): Promise<never> {
  const written = await readYaml(file, TESTBED);
  const problems = complaints.map(({ path, message }) => ({
    place: placeOf(written, path),
    path: dotted(path),
    message,
  }));
  throw problemsError("TESTBED_INVALID", file, problems, hint);
}

function problemsOf(testbed: TestbedFile, written: LocatedMap): readonly Problem[] {
  return [unknownHosts, sharedCpus, brokenRings, unjoinedNamespaces, repeatedResults].flatMap((find) =>
    find(testbed, written),
  );
}

function unknownHosts({ hosts, roles }: TestbedFile, written: LocatedMap): readonly Problem[] {
  const names = Object.keys(hosts);
  return Object.entries(roles)
    .filter(([, { host }]) => !names.includes(host))
    .map(([role, { host }]) => {
      const guess = didYouMean(host, names);
      const path = ["roles", role, "host"];
      const message = `${quote(host)} is no host${guess}${guess === "" ? ";" : ""} there are: ${names.join(", ")}`;
      return { place: placeOf(written, path), path: path.join("."), message };
    });
}

/** Two busy-polling roles on one CPU starve each other. */
function sharedCpus({ hosts, roles }: TestbedFile, written: LocatedMap): readonly Problem[] {
  const fixed = Object.entries(roles).flatMap(([role, { host, cores }]) =>
    cores === "auto" ? [] : [{ role, machine: machineOf(host, hosts[host]), cores }],
  );
  return fixed.flatMap((one, index) =>
    fixed.slice(0, index).flatMap((other) => {
      const shared = other.machine === one.machine ? one.cores.filter((cpu) => other.cores.includes(cpu)) : [];
      const path = ["roles", one.role, "cores"];
      const message = `CPU ${formatCpuList(shared)} is already given to '${other.role}'`;
      return shared.length === 0 ? [] : [{ place: placeOf(written, path), path: path.join("."), message }];
    }),
  );
}

/** A ring joins threads of one agent, so both its ends are there. */
function brokenRings({ roles }: TestbedFile, written: LocatedMap): readonly Problem[] {
  const rings = Object.entries(roles).filter(([, { ports = [] }]) => ports.some(({ io }) => io === "ring"));
  const [first] = rings;
  if (first === undefined) return [];
  const [firstRole, { host }] = first;
  return Object.entries(roles).flatMap(([role, { host: other, ports = [] }]) => {
    const index = ports.findIndex(({ io }) => io !== "ring" || other !== host);
    if (index < 0) return [];
    const path = ["roles", role, "ports", index, "io"];
    const message = `joins nothing: '${firstRole}' is on a ring of host '${host}', and a ring has both ends on one host`;
    return [{ place: placeOf(written, path), path: dotted(path), message }];
  });
}

/** A suite names results without the role. */
function repeatedResults({ roles }: TestbedFile, written: LocatedMap): readonly Problem[] {
  const all = Object.entries(roles).flatMap(([role, { command }]) =>
    Object.keys(command?.results ?? {}).map((name) => ({ role, name })),
  );
  return all.flatMap(({ role, name }, index) => {
    const first = all.slice(0, index).find((other) => other.name === name);
    const path = ["roles", role, "command", "results", name];
    const message = `is a result of '${first?.role}' already; give it another name`;
    return first === undefined ? [] : [{ place: keyPlaceOf(written, path), path: path.join("."), message }];
  });
}

function hostOf(host: TestbedFile["hosts"][string]): HostSpec {
  if ("kind" in host) return { kind: host.kind };
  const { ssh: alias, sudo = false, install } = host;
  return { kind: "ssh", alias, sudo, ...(install === undefined ? {} : { install }) };
}

type WrittenPort = NonNullable<TestbedFile["roles"][string]["ports"]>[number];

function portOf({ io, interface: name, pci, device, address, queues }: WrittenPort): PortSpec {
  const opened = name ?? pci ?? device;
  return {
    io,
    ...(opened === undefined ? {} : { device: opened }),
    ...(address === undefined ? {} : { address }),
    ...(queues === undefined ? {} : { queues }),
  };
}
