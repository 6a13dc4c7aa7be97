/** Can this machine's build run on that host? */
import { z } from "zod";
import { UserError } from "../../errors.js";
import type { SshConnection } from "../ssh/connect.js";
import { script } from "../ssh/script.js";
import { PRIVILEGES } from "../privileges.js";
import type { SshHostSpec } from "../model.js";
import type { BundleFile } from "./bundle.js";

export interface HostProbe {
  /** `uname -s` and `uname -m`. */
  readonly system: string;
  readonly machine: string;
  /** Version of glibc, undefined where there is none (musl). */
  readonly glibc: string | undefined;
  readonly home: string;
  /** Path of a Node.js that is new enough. */
  readonly node: string | undefined;
  /** Why root's rights are not to be had; undefined if they are, or were not asked for. */
  readonly noSudo: string | undefined;
}

const PROBE =
  `echo "system $(uname -s)"; echo "machine $(uname -m)"; echo "libc $(getconf GNU_LIBC_VERSION 2>&1)"; ` +
  `echo "home $HOME"; echo "node $(command -v node) $(node --version 2>&1)"; ` +
  `if [ "$1" = sudo ]; then echo "sudo $(sudo -n true 2>&1 && echo ok)"; fi`;

/** @throws {UserError} SSH_LOST, or HOST_PROBE: the host's shell does not answer as a POSIX system does */
export async function probe(
  connection: SshConnection,
  { alias, sudo }: Pick<SshHostSpec, "alias" | "sudo">,
): Promise<HostProbe> {
  const { stdout, stderr } = await connection.exec(script(PROBE, sudo ? ["sudo"] : []));
  const field = (name: string): string => new RegExp(`^${name} (.*)$`, "m").exec(stdout)?.[1]?.trim() ?? "";
  const home = field("home");
  if (field("system") === "" || !home.startsWith("/")) {
    const said = JSON.stringify(`${stdout}${stderr}`.slice(0, 200));
    throw new UserError(
      "HOST_PROBE",
      `Host '${alias}' did not run our commands; it said ${said}.`,
      "The user needs a shell there, and a home.",
    );
  }
  const answer = field("sudo");
  return {
    system: field("system"),
    machine: field("machine"),
    glibc: /^glibc (\d+\.\d+)/.exec(field("libc"))?.[1],
    home,
    node: fittingNode(field("node")),
    noSudo: !sudo || answer === "ok" ? undefined : answer || "no answer",
  };
}

/** The path, if the version is one that the agent runs on. */
function fittingNode(answer: string): string | undefined {
  const [, path, major, minor] = /^(\/.*) v(\d+)\.(\d+)\./.exec(answer) ?? [];
  const fits = Number(major) > 20 || (Number(major) === 20 && Number(minor) >= 17);
  return fits ? path : undefined;
}

/** @throws {UserError} HOST_OTHER: another system, architecture or C library than that of the files; HOST_SUDO */
export function checkFit(host: HostProbe, alias: string, binaries: readonly BundleFile[]): void {
  if (host.noSudo !== undefined) {
    const { grant } = PRIVILEGES.sudo;
    throw new UserError("HOST_SUDO", `Host '${alias}' allows no sudo without a password: ${host.noSudo}.`, grant);
  }
  const problem = misfit(host, binaries);
  if (problem === undefined) return;
  throw new UserError(
    "HOST_OTHER",
    `Host '${alias}' cannot run this machine's build of nicbench: ${problem}.`,
    `Build it there (copy this folder, then npm ci), and name the folder in the testbed: { ssh: ${alias}, install: /path/to/nicbench }`,
  );
}

const MACHINES: Readonly<Record<string, string>> = { x64: "x86_64", arm64: "aarch64" };

function misfit({ system, machine, glibc }: HostProbe, binaries: readonly BundleFile[]): string | undefined {
  const ours = MACHINES[process.arch] ?? process.arch;
  if (system !== "Linux") return `it runs ${system}, not Linux`;
  if (machine !== ours) return `its architecture is ${machine}, ours ${ours}`;
  if ((glibc === undefined) !== (ourGlibc() === undefined)) {
    return `its C library is ${glibc === undefined ? "not glibc" : "glibc"}, ours is ${ourGlibc() === undefined ? "not" : "glibc"}`;
  }
  const needed = binaries.map(({ content }) => neededGlibc(content)).reduce(newer, "0.0");
  if (glibc !== undefined && newer(glibc, needed) !== glibc) return `it has glibc ${glibc}, and ours needs ${needed}`;
  return undefined;
}

const report = z.object({ header: z.object({ glibcVersionRuntime: z.string().optional() }) });

function ourGlibc(): string | undefined {
  return report.safeParse(process.report?.getReport()).data?.header.glibcVersionRuntime;
}

/** The newest version of symbols that an ELF file asks for, such as `2.34`. */
export function neededGlibc(content: Buffer): string {
  const names = content.toString("latin1").matchAll(/GLIBC_(\d+\.\d+)/g);
  return [...names].map(([, version = ""]) => version).reduce(newer, "0.0");
}

function newer(a: string, b: string): string {
  const [[majorA = 0, minorA = 0], [majorB = 0, minorB = 0]] = [a.split(".").map(Number), b.split(".").map(Number)];
  return majorA > majorB || (majorA === majorB && minorA >= minorB) ? a : b;
}
