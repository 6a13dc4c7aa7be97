/**
 * Open vSwitch as the DUT of a trial: its userspace datapath takes frames off an end of a veth pair or of memif, looks them
 * up in the OpenFlow tables and sends them back, with the MAC addresses exchanged.
 *
 * Groups are tables, as for any other trial. A rule that sends to a queue sets a register and goes to a last table, which
 * sends; one that drops goes to another. With what the rest came to, these three count all frames, whichever rules change.
 */
import { execa } from "execa";
import { UserError } from "../../../errors.js";
import { cpuTopology } from "../../../testbed/topology.js";
import {
  excerpt,
  type ForwardingClassifier,
  type ForwardOptions,
  type TakenFrames,
  type Tracked,
} from "../classifier.js";
import { DUT_END, DUT_MAC, MAKE_WIRE, TESTER_END } from "../veth.js";
import { bundles, flowMods, joinTables, lastRule } from "./bundles.js";
import { DROPPING_TABLE, sendBack, SENDING_TABLE, trackFirst } from "./flows.js";
import { clientDevice, findDpdkSwitch, memifConfiguration } from "./memif.js";
import { aggregateFrames, aggregateRequest, COMMAND, flowMod, gotoTable, TYPE } from "./openflow.js";
import { BRIDGE, startSwitch, type Switch, type SwitchOptions } from "./switch.js";
import { isAfXdp, isMemif, MEMIF_WIRES, pollsPort } from "./wires.js";

/** Cookies of rules that are none of the point's: above those of any rule. */
const [REST, SENT, DROPPED] = [2 ** 50, 2 ** 50 + 1, 2 ** 50 + 2];
const [TRACKED, INVALID] = [2 ** 50 + 3, 2 ** 50 + 4];

/** @throws {UserError} OVS_FAILED, OVS_PORT, OVS_DPDK */
export async function forward(options: ForwardOptions): Promise<ForwardingClassifier> {
  const { ruleSet, ovsConntrack = false } = options;
  const { tables, drops } = ruleSet;
  const runs = await startSwitch({ cpu: mainCpu(options), ...(await switchOn(options)) });
  try {
    const how = await untilPortWorks(runs);
    const commit = bundles(runs.connection);
    if (ovsConntrack) await allowConnections(runs);
    await commit((xid) => [
      ...(ovsConntrack ? trackFirst(TRACKED, INVALID) : []).map((flow) =>
        flowMod(xid, { command: COMMAND.add, ...flow }),
      ),
      ...joinTables(xid, tables),
      lastRule(xid, tables, gotoTable(drops === "rest" ? DROPPING_TABLE : SENDING_TABLE), REST),
      lastRule(xid, SENDING_TABLE, sendBack(BigInt(`0x${DUT_MAC.replaceAll(":", "")}`)), SENT),
      lastRule(xid, DROPPING_TABLE, Buffer.alloc(0), DROPPED),
    ])();
    return {
      generatorPort: { ...generatorEnd(options), namespaceOf: runs.pid },
      description: `Open vSwitch, ${how}`,
      prepare: (changes) => commit((xid) => changes.flatMap((change) => flowMods(xid, change, true))),
      taken: () => takenFrames(runs),
      ...(ovsConntrack ? { tracked: () => tracked(runs) } : {}),
      gone: runs.gone,
      close: runs.close,
    };
  } catch (error) {
    runs.close();
    throw error;
  }
}

function mainCpu({ wire, dutCpu, controlCpu }: ForwardOptions): number {
  return pollsPort(wire) ? controlCpu : dutCpu;
}

/** @throws {UserError} OVS_DPDK */
async function switchOn(options: ForwardOptions): Promise<Omit<SwitchOptions, "cpu">> {
  const { wire, ringSize } = options;
  const settings = ["set", "Open_vSwitch", ".", ...(await settingsOf(options))];
  if (!isMemif(wire)) {
    const type = isAfXdp(wire) ? [["set", "Interface", DUT_END, "type=afxdp"]] : [];
    return { before: MAKE_WIRE, configure: [settings, ["add-port", BRIDGE, DUT_END], ...type] };
  }
  const found = await findDpdkSwitch();
  if (found === undefined) throw noDpdk();
  return { program: found.program, configure: [settings, ...(await memifConfiguration(ringSize))] };
}

/** ovs-vswitchd.conf.db(5). Of the cache, 1 flow in n is entered; 0: none. */
async function settingsOf({ ovsEmc = "warm", wire, dutCpu }: ForwardOptions): Promise<readonly string[]> {
  const cache = `other_config:emc-insert-inv-prob=${ovsEmc === "warm" ? 1 : 0}`;
  const cpu = dutCpu < 0 && isMemif(wire) ? await anyCpu() : dutCpu;
  const mask = (): string => (1n << BigInt(cpu)).toString(16);
  return pollsPort(wire) && cpu >= 0 ? [cache, `other_config:pmd-cpu-mask=0x${mask()}`] : [cache];
}

/** Left to itself, Open vSwitch polls on each NUMA node, and would send on more queues than {@link clientDevice} has. */
async function anyCpu(): Promise<number> {
  return (await cpuTopology()).cpus.at(-1)?.cpu ?? 0;
}

function generatorEnd({ wire, ringSize }: ForwardOptions): { readonly wire: string; readonly device: string } {
  if (!isMemif(wire)) return { wire, device: TESTER_END };
  return { wire: wire === "memif" ? wire : "dpdk", device: clientDevice(ringSize) };
}

const PORT_SECONDS = 15;

/** @returns how it gets at its port: `afxdp (native)`, `dpdk`, `system` */
async function untilPortWorks({ folder }: Switch): Promise<string> {
  const vsctl = [`--db=unix:${folder}/db.sock`, `--timeout=${PORT_SECONDS}`];
  const port = ["Interface", DUT_END];
  await execa("ovs-vsctl", [...vsctl, "wait-until", ...port, "ofport!=[]"], { reject: false });
  const asked = await execa("ovs-vsctl", [...vsctl, "get", ...port, "ofport", "error", "type", "status"], {
    reject: false,
  });
  const [number = "", error = "", type = "", status = ""] = asked.stdout.split("\n");
  if (!(Number(number) > 0)) throw portFailed(excerpt(asked.failed ? asked.stderr : error));
  const [, mode] = /xdp-mode-in-use=([\w-]+)/.exec(status) ?? [];
  return [type === '""' ? "system" : type, ...(mode === undefined ? [] : [`(${mode})`])].join(" ");
}

function noDpdk(): UserError {
  return new UserError(
    "OVS_DPDK",
    `On this host no Open vSwitch was built with DPDK, which the wires ${MEMIF_WIRES.join(" and ")} need.`,
    "Install it beside the other: apt-get install openvswitch-switch-dpdk.",
  );
}

function portFailed(why: string): UserError {
  return new UserError(
    "OVS_PORT",
    `Open vSwitch could not open its end of the wire: ${why || "it does not say why"}`,
    "Choose another wire, such as af_packet.",
  );
}

/** The datapath's counts come to the rules by and by: they are waited for. */
async function takenFrames(runs: Switch): Promise<TakenFrames> {
  await appctl(runs, "revalidator/wait");
  const rest = await framesOf(runs, REST);
  const all = (await framesOf(runs, SENT)) + (await framesOf(runs, DROPPED));
  return { specific: Math.max(0, all - rest), rest };
}

async function framesOf({ connection }: Switch, cookie: number): Promise<number> {
  const xid = connection.xids(1);
  const parts = await connection.exchange(aggregateRequest(xid, cookie), xid);
  return parts
    .filter(({ type }) => type === TYPE.multipartReply)
    .reduce((sum, { body }) => sum + aggregateFrames(body), 0);
}

/** More than there are flows of any traffic: who is not in the tracker's table would be tracked anew with each frame. */
const MOST_CONNECTIONS = 1_000_000_000;

/** @throws {UserError} OVS_CONNTRACK */
async function allowConnections(runs: Switch): Promise<void> {
  const { failed, stderr } = await appctl(runs, "dpctl/ct-set-maxconns", String(MOST_CONNECTIONS));
  if (failed) throw noConntrack(stderr);
}

/** They vanish with the switch. @throws {UserError} OVS_CONNTRACK */
async function tracked(runs: Switch): Promise<Tracked> {
  const { failed, stderr, stdout } = await appctl(runs, "dpctl/ct-get-nconns");
  if (failed) throw noConntrack(stderr);
  return { connections: Number(stdout), invalidFrames: await framesOf(runs, INVALID) };
}

function appctl({ folder }: Switch, ...words: readonly string[]) {
  return execa("ovs-appctl", ["-t", `${folder}/vs.ctl`, ...words], { reject: false });
}

function noConntrack(said: string): UserError {
  return new UserError(
    "OVS_CONNTRACK",
    `Open vSwitch does not tell of its connection tracker: ${excerpt(said)}`,
    "Version 2.17 or newer is needed; or leave ovs_conntrack out.",
  );
}
