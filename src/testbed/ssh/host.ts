/** A machine reached by SSH. */
import { deploy } from "../deploy/deploy.js";
import type { Deployed } from "../deploy/deploy.js";
import type { Host } from "../host.js";
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
  return {
    name,
    kind,
    deploy: async () => deploy(await connect(), spec),
    startAgent: async () => {
      const connection = await connect();
      const { command } = await deploy(connection, spec);
      return connection.start(command, spec);
    },
    close: async () => {
      const connection = await current?.catch(() => undefined);
      await connection?.close();
    },
  };
}
