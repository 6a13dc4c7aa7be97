/**
 * Open vSwitch as the DUT of a trial: its userspace datapath takes frames off an end of a veth pair, looks them up in the
 * OpenFlow tables and sends them back, with the MAC addresses exchanged.
 *
 * Groups are tables, as for any other trial. A rule that sends to a queue sets a register and goes to a last table, which
 * sends; one that drops goes to another. With what the rest came to, these three count all frames, whichever rules change.
 */
import { execa } from "execa";
import { UserError } from "../../../errors.js";
import { excerpt, type ForwardingClassifier, type ForwardOptions, type TakenFrames } from "../classifier.js";
import { DUT_END, DUT_MAC, MAKE_WIRE } from "../veth.js";
import { bundles, flowMods, joinTables, lastRule } from "./bundles.js";
import { DROPPING_TABLE, sendBack, SENDING_TABLE } from "./flows.js";
import { aggregateFrames, aggregateRequest, gotoTable, TYPE } from "./openflow.js";
import { BRIDGE, startSwitch, type Switch } from "./switch.js";

/** Cookies of rules that are none of the point's: above those of any rule. */
const [REST, SENT, DROPPED] = [2 ** 50, 2 ** 50 + 1, 2 ** 50 + 2];

/** @throws {UserError} OVS_FAILED, OVS_PORT */
export async function forward(options: ForwardOptions): Promise<ForwardingClassifier> {
  const { tables } = options.ruleSet;
  const runs = await startSwitch({ cpu: mainCpu(options), before: MAKE_WIRE, configure: configuration(options) });
  try {
    const how = await untilPortWorks(runs);
    const commit = bundles(runs.connection);
    await commit((xid) => [
      ...joinTables(xid, tables),
      lastRule(xid, tables, gotoTable(SENDING_TABLE), REST),
      lastRule(xid, SENDING_TABLE, sendBack(BigInt(`0x${DUT_MAC.replaceAll(":", "")}`)), SENT),
      lastRule(xid, DROPPING_TABLE, Buffer.alloc(0), DROPPED),
    ])();
    return {
      pid: runs.pid,
      description: `Open vSwitch, ${how}`,
      prepare: (changes) => commit((xid) => changes.flatMap((change) => flowMods(xid, change, true))),
      taken: () => takenFrames(runs),
      gone: runs.gone,
      close: runs.close,
    };
  } catch (error) {
    runs.close();
    throw error;
  }
}

/** Through AF_XDP a thread of its own polls the port; else the main thread does, which also changes rules. */
function polls({ wire }: Pick<ForwardOptions, "wire">): boolean {
  return wire.endsWith("af_xdp");
}

function mainCpu(options: ForwardOptions): number {
  return polls(options) ? options.controlCpu : options.dutCpu;
}

/** ovs-vswitchd.conf.db(5). Of the cache, 1 flow in n is entered; 0: none. */
function configuration(options: ForwardOptions): readonly (readonly string[])[] {
  const { ovsEmc = "warm", dutCpu } = options;
  const cache = `other_config:emc-insert-inv-prob=${ovsEmc === "warm" ? 1 : 0}`;
  const cpus =
    polls(options) && dutCpu >= 0 ? [`other_config:pmd-cpu-mask=0x${(1n << BigInt(dutCpu)).toString(16)}`] : [];
  return [
    ["set", "Open_vSwitch", ".", cache, ...cpus],
    ["add-port", BRIDGE, DUT_END],
    ...(polls(options) ? [["set", "Interface", DUT_END, "type=afxdp"]] : []),
  ];
}

const PORT_SECONDS = 15;

/** @returns how it gets at its port: `afxdp (native)`, `system` */
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

function portFailed(why: string): UserError {
  return new UserError(
    "OVS_PORT",
    `Open vSwitch could not open its end of the wire: ${why || "it does not say why"}`,
    "Choose another wire, such as af_packet.",
  );
}

/** The datapath's counts come to the rules by and by: they are waited for. */
async function takenFrames({ folder, connection }: Switch): Promise<TakenFrames> {
  await execa("ovs-appctl", ["-t", `${folder}/vs.ctl`, "revalidator/wait"], { reject: false });
  const framesOf = async (cookie: number): Promise<number> => {
    const xid = connection.xids(1);
    const parts = await connection.exchange(aggregateRequest(xid, cookie), xid);
    return parts
      .filter(({ type }) => type === TYPE.multipartReply)
      .reduce((sum, { body }) => sum + aggregateFrames(body), 0);
  };
  const rest = await framesOf(REST);
  const all = (await framesOf(SENT)) + (await framesOf(DROPPED));
  return { specific: Math.max(0, all - rest), rest };
}
