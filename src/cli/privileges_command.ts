/** What `nicbench testbed privileges` prints. */
import { examineTestbed, type ExaminedHost, type UnusableHost } from "../agent/examine.js";
import { loadTestbed, type Testbed } from "../testbed/load.js";
import { lackOf, needsOf, PRIVILEGES, type Need } from "../testbed/privileges.js";
import { hostOptions, type HostFlags } from "./host_options.js";
import { colorsFor, columns, print } from "./terminal.js";

export interface PrivilegesFlags extends HostFlags {
  readonly json?: true;
}

type State = "there" | "missing" | "unknown";

interface Row {
  readonly state: State;
  readonly what: string;
  readonly by: string;
  readonly why: string;
  /** What is in the way, and how to give it; empty if it is there. */
  readonly advice: string;
}

export async function listPrivileges(file: string, flags: PrivilegesFlags): Promise<void> {
  const testbed = await loadTestbed(file);
  const examined = await examineTestbed(testbed, hostOptions(flags));
  const hosts = examined.map((host) => ({ host: host.name, needs: rowsOf(host, testbed) }));
  if (flags.json === true) return print(JSON.stringify(hosts, null, 2));
  for (const [index, { host, needs }] of hosts.entries()) {
    print(`${index === 0 ? "" : "\n"}${colorsFor(process.stdout).bold(host)}`);
    printRows(needs);
  }
}

function rowsOf(host: ExaminedHost | UnusableHost, testbed: Testbed): readonly Row[] {
  return needsOf(host.name, testbed).map((need) => {
    const { what, why, grant } = PRIVILEGES[need.privilege];
    const { state, found } = "error" in host ? ofUnusable(need, host) : ofExamined(need, host);
    return { state, what, by: need.by, why, advice: state === "there" ? "" : `${found} ${grant}` };
  });
}

function ofExamined(need: Need, { native, probe }: ExaminedHost): { readonly state: State; readonly found: string } {
  if (!native.available) return { state: "unknown", found: native.reason };
  const lack = lackOf(need, { wires: native.wires, probe });
  return { state: lack === undefined ? "there" : "missing", found: `Now: ${lack ?? ""}.` };
}

/** That the agent could not be started says which privilege it lacked, and nothing of the others. */
function ofUnusable({ privilege }: Need, { error }: UnusableHost): { readonly state: State; readonly found: string } {
  const lacked = { HOST_SUDO: "sudo", NETNS_ROOT: "namespaces" }[error.code];
  return { state: lacked === privilege ? "missing" : "unknown", found: error.message };
}

function printRows(rows: readonly Row[]): void {
  if (rows.length === 0) return print("nothing: a user's rights do");
  const colors = colorsFor(process.stdout);
  const paint = { there: colors.green, missing: colors.red, unknown: colors.yellow };
  const lines = columns(rows.map(({ state, what, by, why }) => [state, what, `for ${by}`, why])).split("\n");
  for (const [index, { state, advice }] of rows.entries()) {
    print((lines[index] ?? "").replace(state, paint[state]));
    if (advice !== "") print(`         ${colors.dim(advice)}`);
  }
}
