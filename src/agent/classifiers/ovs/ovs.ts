/** The classifier `ovs`: the OpenFlow tables of an Open vSwitch of our own; a group is a table, a batch a bundle. */
import { execa } from "execa";
import { flowOf, flowText, idOf } from "./flows.js";
import { bundles, flowMods, joinTables } from "./bundles.js";
import { forward } from "./forward.js";
import { findDpdkSwitch } from "./memif.js";
import { flowStats, flowStatsRequest, message, packetOut, TYPE } from "./openflow.js";
import { startSwitch } from "./switch.js";
import { together } from "../together.js";
import type { OpenFlowConnection } from "./connection.js";
import type { Classifier, ClassifierKind, ListedRule, OpenOptions } from "../classifier.js";

export const ovs = { version, open, forward } satisfies ClassifierKind;

async function open({ ruleSet: { tables }, cpu, otherCpus = [] }: OpenOptions): Promise<Classifier> {
  const { connection, connect, close } = await startSwitch({ cpu });
  const others: OpenFlowConnection[] = [];
  try {
    await bundles(connection)((xid) => joinTables(xid, tables))();
    for (const _ of otherCpus) others.push(await connect());
  } catch (error) {
    close();
    throw error;
  }
  const writers = [connection, ...others].map(writer);
  return {
    ...writer(connection),
    ...(others.length === 0 ? {} : { prepareTogether: together(writers) }),
    listed: async () => {
      const xid = connection.xids(1);
      const parts = await connection.exchange(flowStatsRequest(xid), xid);
      return parts.filter(({ type }) => type === TYPE.multipartReply).flatMap(({ body }) => listedRules(body));
    },
    textOf: (entry) => flowText(flowOf(entry)),
    send: async (frames) => {
      const xid = connection.xids(2);
      const out = frames.map((frame) => packetOut(xid, frame));
      await connection.exchange(Buffer.concat([...out, message(TYPE.barrierRequest, xid + 1)]), xid + 1);
    },
    close,
  };
}

function writer(connection: OpenFlowConnection): Pick<Classifier, "prepare"> {
  const commit = bundles(connection);
  return { prepare: (changes) => commit((xid) => changes.flatMap((change) => flowMods(xid, change))) };
}

function listedRules(body: Buffer): readonly ListedRule[] {
  return flowStats(body)
    .flows.filter(({ cookie }) => cookie !== 0)
    .map((flow) => ({ text: flowText(flow), id: idOf(flow), frames: flow.frames }));
}

const TIMEOUT_MS = 5000;

/** Whether it can be used: never rejects. */
async function version(): Promise<string> {
  const { stdout } = await execa("ovs-vswitchd", ["--version"], { reject: false, timeout: TIMEOUT_MS });
  const [, number] = /Open vSwitch\) (\S+)/.exec(stdout) ?? [];
  if (number === undefined) return "unavailable: there is no Open vSwitch; install the package openvswitch-switch";
  if (process.getuid?.() !== 0) return "unavailable: namespaces of its own need root; run nicbench with sudo";
  const { exitCode } = await execa("unshare", ["--net", "--mount", "test", "-c", "/dev/net/tun"], { reject: false });
  return exitCode === 0 ? number : "unavailable: Open vSwitch needs /dev/net/tun, and unshare(1) must be allowed";
}

/** The same for the wire `dpdk-memif`: `3.1.0, DPDK 22.11.11`. */
export async function dpdkVersion(): Promise<string> {
  const plain = await version();
  if (plain.startsWith("unavailable")) return plain;
  const missing = "unavailable: no Open vSwitch here was built with DPDK; install the package openvswitch-switch-dpdk";
  return (await findDpdkSwitch())?.version ?? missing;
}
