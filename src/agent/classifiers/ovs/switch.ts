/**
 * A switch of our own: ovsdb-server and ovs-vswitchd with the userspace datapath, in a network namespace and with a `/tmp` of their own.
 *
 * The namespaces have no name, and the processes end with the agent, even by kill -9: so database and sockets vanish with
 * them, nothing is left behind, and an Open vSwitch that serves this machine is never spoken to. The sockets are reached
 * through `/proc/<pid>/root`.
 */
import { setTimeout as pause } from "node:timers/promises";
import { UserError } from "../../../errors.js";
import { describeDeparture, type Departure } from "../../../testbed/host_process.js";
import { spawnDependent } from "../../../testbed/local_process.js";
import { excerpt } from "../classifier.js";
import { keepOutput } from "../../kept_output.js";
import { died, openConnection, type OpenFlowConnection } from "./connection.js";

export interface Switch {
  /** Of its network namespace. */
  readonly pid: number;
  /** Where its sockets are, as others reach it. */
  readonly folder: string;
  readonly connection: OpenFlowConnection;
  /** Another one. */
  connect(): Promise<OpenFlowConnection>;
  /** Rejects with OVS_DIED once ovs-vswitchd has ended. */
  readonly gone: Promise<never>;
  /** Ends it, and all that it has. */
  close(): void;
}

export interface SwitchOptions {
  /** Default: the ovs-vswitchd of this machine. */
  readonly program?: string;
  /** That ovs-vswitchd runs on; -1: any. */
  readonly cpu: number;
  /** Commands for sh(1) in the namespace, before ovs-vswitchd starts. */
  readonly before?: string;
  /** More commands for ovs-vsctl(8) about the bridge, of words without single quotes. */
  readonly configure?: readonly (readonly string[])[];
}

export const BRIDGE = "nicbench";

/** Of a bridge without rules, which drops what comes. Paths are short: those of sockets have at most 107 bytes. */
function scriptOf({ before = ":", configure = [] }: SwitchOptions): string {
  const commands = [
    ["add-br", BRIDGE],
    ["set", "bridge", BRIDGE, "datapath_type=netdev", "fail_mode=secure", "protocols=OpenFlow14"],
    ...configure,
  ];
  return `set -e
mount -t tmpfs nicbench /tmp
cd /tmp
export OVS_RUNDIR=/tmp OVS_LOGDIR=/tmp
${before}
ovsdb-tool create conf.db
ovsdb-server conf.db --remote=punix:db.sock --unixctl=db.ctl --no-chdir -vconsole:warn &
while [ ! -S db.sock ] && kill -0 $!; do sleep 0.02; done
ovs-vsctl --db=unix:db.sock --timeout=10 --no-wait init -- ${commands.map((words) => `'${words.join("' '")}'`).join(" -- ")}
exec "$@" unix:db.sock --unixctl=vs.ctl --disable-system --no-chdir -vconsole:warn`;
}

/** @throws {UserError} OVS_FAILED, with its last words */
export async function startSwitch(options: SwitchOptions): Promise<Switch> {
  const { cpu, program = "ovs-vswitchd" } = options;
  const pinned = cpu < 0 ? [] : ["taskset", "--cpu-list", String(cpu)];
  const inNamespaces = ["unshare", "--net", "--mount", "sh", "-c", scriptOf(options), "nicbench"];
  const process = spawnDependent([...inNamespaces, ...pinned, program]);
  const said = keepOutput(SAID_BYTES);
  process.stdout.on("data", said.add);
  process.stderr.on("data", said.add);
  let departure: Departure | undefined;
  const gone = process.gone.then((how) => {
    departure = how;
    throw died(lastWords("ended"));
  });
  gone.catch(() => undefined); // Whoever waits for it is told all the same.
  const lastWords = (otherwise: string): string =>
    `it ${departure === undefined ? otherwise : describeDeparture(departure)} and said: ${excerpt(said.text()) || "nothing"}`;
  const folder = `/proc/${process.pid}/root/tmp`;
  const connections: OpenFlowConnection[] = [];
  const connect = async (): Promise<OpenFlowConnection> => {
    const path = `${folder}/${BRIDGE}.mgmt`;
    const connection = await openConnection(path, () => lastWords("closed its connection"));
    connections.push(connection);
    return connection;
  };
  for (const deadline = performance.now() + READY_MS; ; await pause(POLL_MS)) {
    try {
      const connection = await connect();
      return {
        pid: process.pid ?? 0,
        folder,
        connection,
        connect,
        gone,
        close: () => {
          connections.forEach((each) => each.close());
          process.kill();
        },
      };
    } catch {
      if (departure === undefined && performance.now() < deadline) continue;
      process.kill();
      throw failed(lastWords("was not ready in time"));
    }
  }
}

const SAID_BYTES = 64 * 1024;
const READY_MS = 15_000;
const POLL_MS = 20;

function failed(why: string): UserError {
  return new UserError(
    "OVS_FAILED",
    `No Open vSwitch could be started: ${why}`,
    "It needs root, /dev/net/tun, and Open vSwitch: apt-get install openvswitch-switch.",
  );
}
