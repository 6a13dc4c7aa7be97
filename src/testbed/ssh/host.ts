/** A machine reached by SSH. */
import { padded } from "../padding.js";
import { deploy, deployFile } from "../deploy/deploy.js";
import type { Deployed, Extent } from "../deploy/deploy.js";
import type { Host } from "../host.js";
import type { HostProcess } from "../host_process.js";
import type { HostSpec, SshHostSpec } from "../model.js";
import type { SshSettings } from "./config.js";
import { connectSsh, type SshConnection, type SshOptions } from "./connect.js";

export interface SshHostOptions {
  readonly name: string;
  readonly kind: HostSpec["kind"];
  readonly spec: SshHostSpec;
  /** Asked for when a connection is made. */
  readonly settings: () => Promise<SshSettings>;
  readonly ssh: SshOptions;
}

export interface SshHost extends Host {
  /** Brings our agent there, without starting it. */
  deploy(): Promise<Deployed>;
  /** Starts an agent without addon, which is brought in a moment: to ask whether the host may be disturbed. */
  startScout(): Promise<HostProcess>;
}

/** One connection for all that happens there, made when it is first needed and again after it broke. */
export function sshHost({ name, kind, spec, settings, ssh }: SshHostOptions): SshHost {
  let current: Promise<SshConnection> | undefined;
  const connect = async (): Promise<SshConnection> => {
    const old = await current?.catch(() => undefined);
    if (old?.alive() === true) return old;
    current = settings().then((known) => connectSsh(known, ssh));
    return current;
  };
  const start = async (extent: Extent, paddingBytes?: number): Promise<HostProcess> => {
    const connection = await connect();
    const { command } = await deploy(connection, spec, extent);
    return connection.start(padded(command, paddingBytes), spec);
  };
  const brought = new Map<string, Promise<string>>();
  const bring = async (file: string): Promise<string> => {
    const there = brought.get(file) ?? connect().then((connection) => deployFile(connection, spec, file));
    brought.set(file, there);
    there.catch(() => brought.delete(file));
    return there;
  };
  return {
    name,
    kind,
    bring: kind === "netns" ? async (file) => file : bring, // namespaces of this machine see its files
    deploy: async () => deploy(await connect(), spec),
    startAgent: (paddingBytes) => start("whole", paddingBytes),
    startScout: () => start("agent"),
    close: async () => {
      const connection = await current?.catch(() => undefined);
      await connection?.close();
    },
  };
}
