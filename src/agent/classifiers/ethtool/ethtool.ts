/**
 * The classifier `ethtool`: ntuple filters of a NIC's kernel driver, on the testbed's port. Not exercised on real hardware yet.
 *
 * ethtool(8) takes one filter a process, whose start counts, and it exits with 0 when the driver refuses one: what it says tells. Rule i is at
 * location i modulo the most rules there are at once, so that a trial knows its own. The device is the machine's, and not made for
 * the trial: one that has filters already is left alone, and the shell that sets ours takes them back when its input ends, which it
 * does even if the agent is killed (-9).
 */
import { spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import { execa } from "execa";
import { UserError } from "../../../errors.js";
import { once } from "../../../once.js";
import { BATCH_PATH, openBatchFile } from "../batch_file.js";
import { excerpt, secondsOf } from "../classifier.js";
import { conversation } from "../conversation.js";
import { listedFilters, ntupleState } from "./listing.js";
import { filterSummary, filterText } from "./words.js";
import type { PortSpec } from "../../../testbed/model.js";
import type { Change, Classifier, ClassifierKind, Entry, OpenOptions } from "../classifier.js";

export const ethtool: ClassifierKind = { version, open };

/**
 * `$0` is the device, `$1` the number of locations that are ours. A batch is a file of arguments, a filter a line; it ends with the first
 * that is refused. "Added rule with ID" is no complaint.
 */
const SCRIPT = `
trap '' HUP INT TERM PIPE
agent=$PPID
while read -r batch; do
  while read -r arguments && kill -0 $agent; do
    said=$(ethtool -N "$0" $arguments 2>&1)
    case $said in '' | 'Added rule with ID '*) ;; *) echo "$said ($arguments)"; break ;; esac
  done <"$batch"
  echo "nicbench: done"
done
ethtool -n "$0" | sed -n 's/^Filter: //p' | while read -r location; do
  [ "$location" -ge "$1" ] || ethtool -N "$0" delete "$location"
done`;
const MANNERS = { program: "ethtool", ask: "", mark: /(^|\n)nicbench: done\n$/ };

async function open({ most, cpu, port }: OpenOptions): Promise<Classifier> {
  const device = port?.device ?? "";
  const problem = ethtoolPortProblem(port);
  if (problem !== undefined) throw new UserError("ETHTOOL_PORT", problem);
  await checkDevice(device);
  const pinned = cpu < 0 ? [] : ["taskset", "--cpu-list", String(cpu)];
  const locations = Math.max(1, most);
  // In a process group of its own: what ends ours is not to end it.
  const [program, ...words] = [...pinned, "sh", "-c", SCRIPT, device, String(locations)];
  const shell = spawn(program, words, { stdio: "pipe", detached: true });
  const { exchange, gone } = conversation(shell, MANNERS);
  const file = openBatchFile();
  const locationOf = ({ id }: Entry): number => id % locations;
  const argumentsOf = ({ kind, entries }: Change): readonly string[] =>
    entries.map((entry) =>
      kind === "remove" ? `delete ${locationOf(entry)}` : filterText(entry.rule, locationOf(entry)),
    );
  return {
    prepare: (changes) => {
      const batch = changes.flatMap(argumentsOf).map((line) => `${line}\n`);
      return () => {
        file.write(batch.join(""));
        return secondsOf(async () => {
          const said = await exchange(file.path);
          if (said !== "") throw refused(device, said);
        });
      };
    },
    listed: async () => listedFilters(await ask(["-n", device])),
    textOf: (entry) => filterSummary(entry.rule, locationOf(entry)),
    send: () => Promise.reject(new UserError("ETHTOOL_FRAMES", "Frames come to ethtool's device from its wire alone.")),
    close: once(async () => {
      file.write(""); // A batch that is under way ends with its filter.
      shell.stdin.end();
      await gone.catch(() => undefined);
      file.close();
    }),
  };
}

/** Why the testbed's port is none that ethtool can set filters of. */
export function ethtoolPortProblem(port: PortSpec | undefined): string | undefined {
  const io = port?.io ?? "none";
  return io !== "ring" && io !== "dpdk" && port?.device !== undefined
    ? undefined
    : `ethtool needs the interface of a NIC, and the testbed's dut has ${io}; use a testbed with ports: [{ io: af_packet, interface: enp23s0f0 }].`;
}

/** @throws {UserError} ETHTOOL_NO_NTUPLE, ETHTOOL_NTUPLE_OFF, ETHTOOL_NOT_EMPTY, ETHTOOL_FAILED */
async function checkDevice(device: string): Promise<void> {
  const state = ntupleState(await ask(["-k", device]));
  if (state === undefined || state === "none")
    throw new UserError(
      "ETHTOOL_NO_NTUPLE",
      `The driver of ${device} has no ntuple filters (rx-ntuple-filter: off [fixed]).`,
      `Use the port of a NIC whose driver has them, such as ixgbe, i40e, ice or mlx5_core; ethtool -k DEVICE | grep ntuple tells.`,
    );
  if (state === "off")
    throw new UserError(
      "ETHTOOL_NTUPLE_OFF",
      `The ntuple filters of ${device} are switched off.`,
      `Switch them on: ethtool -K ${device} ntuple on`,
    );
  const [first, ...more] = listedFilters(await ask(["-n", device]));
  if (first === undefined) return;
  throw new UserError(
    "ETHTOOL_NOT_EMPTY",
    `${device} has ${more.length + 1} ntuple filters that are not of this trial.`,
    `If nobody needs them, delete each, such as: ethtool -N ${device} delete ${first.id ?? 0}`,
  );
}

/** What it prints. @throws {UserError} ETHTOOL_FAILED */
async function ask(words: readonly string[]): Promise<string> {
  const { stdout, stderr, failed, shortMessage } = await execa("ethtool", words, { reject: false });
  if (!failed) return stdout;
  throw new UserError(
    "ETHTOOL_FAILED",
    `ethtool ${words.join(" ")} failed: ${excerpt(stderr) || shortMessage}`,
    "Is it an interface of this host? See: ip -br link",
  );
}

function refused(device: string, said: string): UserError {
  return new UserError(
    "ETHTOOL_REFUSED",
    `The driver of ${device} refused a filter: ${excerpt(said.replaceAll(BATCH_PATH, ""))}`,
    "Drivers differ in the fields that they take together, and in how many filters they hold; dmesg may say more.",
  );
}

const TIMEOUT_MS = 5000;
const INTERFACES = "/sys/class/net";

/** Never rejects. Unavailable too where no NIC of the host has ntuple filters; virtual interfaces are not asked. */
async function version(): Promise<string> {
  const { stdout } = await execa("ethtool", ["--version"], { reject: false, timeout: TIMEOUT_MS });
  const [, number] = /ethtool version (\S+)/.exec(stdout) ?? [];
  if (number === undefined) return "unavailable: there is no program ethtool; install the package ethtool";
  if (process.getuid?.() !== 0) return "unavailable: filters of a NIC need root; run nicbench with sudo";
  const devices = await physicalInterfaces();
  const states = await Promise.all(devices.map((device) => ask(["-k", device]).then(ntupleState, () => undefined)));
  if (states.some((state) => state === "on" || state === "off")) return number;
  const asked = devices.length === 0 ? "it has none" : `rx-ntuple-filter: off [fixed] of ${devices.join(", ")}`;
  return `unavailable: no NIC of this host has ntuple filters (${asked}); use a host with one, such as of ixgbe, i40e, ice or mlx5_core`;
}

async function physicalInterfaces(): Promise<readonly string[]> {
  const names = await readdir(INTERFACES).catch(() => []);
  const physical = await Promise.all(
    names.map((name) =>
      readdir(`${INTERFACES}/${name}/device`).then(
        () => [name],
        () => [],
      ),
    ),
  );
  return physical.flat();
}
