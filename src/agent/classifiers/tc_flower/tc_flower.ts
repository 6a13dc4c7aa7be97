/**
 * The classifier `tc-flower`: filters of the kernel's traffic control on the ingress of an interface, in a network
 * namespace without a name that ends with the shell that holds it. A group is a chain, a batch one `tc -batch`.
 *
 * Without a NIC that offloads, all is in software (skip_hw). There are no transactions: a batch that is refused in its
 * middle leaves what came before.
 */
import { once } from "../../../once.js";
import { spawn } from "node:child_process";
import { execa } from "execa";
import { UserError } from "../../../errors.js";
import { BATCH_PATH, openBatchFile } from "../batch_file.js";
import { excerpt, secondsOf } from "../classifier.js";
import { conversation } from "../conversation.js";
import { inject, MAKE_PORT, PORT } from "../inject.js";
import { listedFilters } from "./listing.js";
import { together } from "../together.js";
import { filterName, filterSummary, filterText, LAST_PREFERENCE } from "./words.js";
import type { Change, Classifier, ClassifierKind, OpenOptions } from "../classifier.js";

export const tcFlower: ClassifierKind = { version, open };

/** Runs tc with the arguments of each line. */
const LOOP = 'while read -r arguments; do tc $arguments 2>&1 || echo "nicbench: failed"; echo "nicbench: done"; done';
const MANNERS = { program: "tc", ask: "", mark: /(^|\n)nicbench: done\n$/ };
const FAILED = /nicbench: failed\n$/;

async function open(options: OpenOptions): Promise<Classifier> {
  const { ruleSet, cpu, otherCpus = [], takesFrames = false } = options;
  const device = takesFrames ? PORT : "lo";
  const first = startTc(["unshare", "--net"], cpu, takesFrames ? MAKE_PORT : ":");
  try {
    await first.tc(`qdisc add dev ${device} clsact`);
    await first.batch(joins(device, ruleSet.tables));
  } catch (error) {
    first.close();
    throw error;
  }
  const inNamespace = ["nsenter", "--net", "--target", String(first.pid)];
  const others = otherCpus.map((other) => startTc(inNamespace, other, ":"));
  const writer = ({ batch }: TcSession): Pick<Classifier, "prepare"> => ({
    prepare: (changes) => {
      const lines = changes.flatMap((change) => commandsOf(device, change));
      return () => batch(lines);
    },
  });
  return {
    ...writer(first),
    ...(others.length === 0 ? {} : { prepareTogether: together([first, ...others].map(writer)) }),
    listed: async () => listedFilters(await first.tc(`-s -j filter show dev ${device} ingress`)),
    textOf: filterSummary,
    send: (frames) => inject(first.pid, frames),
    close: () => [first, ...others].forEach(({ close }) => close()),
  };
}

interface TcSession {
  readonly pid: number;
  /** Runs tc with these arguments. @throws {UserError} TC_REFUSED, TC_DIED */
  tc(line: string): Promise<string>;
  /** @returns seconds that it took @throws {UserError} likewise */
  batch(lines: readonly string[]): Promise<number>;
  close(): void;
}

/** @param within how the shell comes to its network namespace @param before commands for it */
function startTc([program = "", ...words]: readonly string[], cpu: number, before: string): TcSession {
  const pinned = cpu < 0 ? [] : ["taskset", "--cpu-list", String(cpu)];
  const shell = spawn(program, [...words, ...pinned, "sh", "-c", `{ ${before}; } 2>&1; ${LOOP}`], { stdio: "pipe" });
  const { exchange } = conversation(shell, MANNERS);
  const file = openBatchFile();
  const tc = async (line: string): Promise<string> => {
    const said = await exchange(line);
    if (FAILED.test(said)) throw refused(said.replace(FAILED, ""));
    return said;
  };
  return {
    pid: shell.pid ?? 0,
    tc,
    batch: (lines) => {
      file.write(lines.join(""));
      return secondsOf(() => tc(`-batch ${file.path}`));
    },
    close: once(() => {
      shell.kill("SIGKILL");
      file.close();
    }),
  };
}

function commandsOf(device: string, { kind, entries }: Change): readonly string[] {
  const [verb, text] = kind === "remove" ? ["del", filterName] : [kind === "insert" ? "add" : "replace", filterText];
  return entries.map((entry) => `filter ${verb} dev ${device} ingress ${text(entry)}\n`);
}

/** Last filters of chains 0 to k - 1, which go on to the next: `tables: 0` has none. */
function joins(device: string, tables: number): readonly string[] {
  return Array.from(
    { length: tables },
    (_, chain) =>
      `filter add dev ${device} ingress chain ${chain} pref ${LAST_PREFERENCE} protocol all matchall action goto chain ${chain + 1}\n`,
  );
}

function refused(said: string): UserError {
  return new UserError(
    "TC_REFUSED",
    `tc refused a batch: ${excerpt(said.replaceAll(BATCH_PATH, ""))}`,
    "The kernel may lack cls_flower or an action; see dmesg and tc-flower(8).",
  );
}

/** In an emulated machine on a busy host a process takes many seconds. */
const TIMEOUT_MS = 60_000;

/** Of tc, if the kernel has the filter: never rejects. */
async function version(): Promise<string> {
  const { stdout } = await execa("tc", ["-V"], { reject: false, timeout: TIMEOUT_MS });
  const [, number] = /iproute2-([^\s,]+)/.exec(stdout) ?? [];
  if (number === undefined) return "unavailable: there is no program tc; install the package iproute2";
  if (process.getuid?.() !== 0) return "unavailable: a network namespace of its own needs root; run nicbench with sudo";
  const script = "tc qdisc add dev lo clsact && tc filter add dev lo ingress protocol ip flower action pass";
  const tried = await execa("unshare", ["--net", "sh", "-c", script], {
    all: true,
    reject: false,
    timeout: TIMEOUT_MS,
  });
  if (!tried.failed) return number;
  const [reason = ""] = tried.all.trim().split("\n");
  return `unavailable: the kernel refuses a filter of flower (${reason}); it needs cls_flower, as Debian's own kernel has it: scripts/vm-lab`;
}
