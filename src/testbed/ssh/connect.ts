/** One connection to a host; all that runs there are channels of it. */
import ssh2, {
  type CipherAlgorithm,
  type Client,
  type ClientChannel,
  type ConnectConfig,
  type SFTPWrapper,
} from "ssh2";
import { messageOf, UserError } from "../../errors.js";
import { forAWhile, type HostProcess } from "../host_process.js";
import type { SshSettings } from "./config.js";
import { ANNOUNCE, KILL, opened, started, type Opened } from "./channel.js";
import { connectionError } from "./failures.js";
import { hostKeyCheck } from "./host_key.js";
import { identitiesOf, type AskPassphrase } from "./identities.js";
import { script } from "./script.js";

export interface SshOptions {
  /** Takes and keeps the key of a host that is not known yet. Default: it is refused. */
  readonly acceptNew?: boolean;
  /** Unlocks encrypted keys. Default: nobody can be asked. */
  readonly askPassphrase?: AskPassphrase;
}

export interface SshConnection {
  /** False once it is closed or broken. */
  alive(): boolean;
  /** Starts a program with its arguments, as root by `sudo -n` if asked. */
  start(command: readonly string[], options?: { readonly sudo: boolean }): Promise<HostProcess>;
  /**
   * Runs a short command to its end.
   *
   * @param command for the login shell of the user; see `script`
   */
  exec(command: string, input?: string): Promise<ExecResult>;
  sftp(): Promise<SFTPWrapper>;
  close(): Promise<void>;
}

export interface ExecResult {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** @throws {UserError} SSH_REFUSED, SSH_UNREACHABLE, SSH_TIMEOUT, SSH_AUTH, HOST_KEY_…, SSH_FAILED */
export async function connectSsh(settings: SshSettings, options: SshOptions = {}): Promise<SshConnection> {
  const clients: Client[] = [];
  try {
    for (const hop of [...settings.jumps, settings]) {
      const through = clients.at(-1);
      const sock = through === undefined ? undefined : await tunnel(through, hop);
      clients.push(await login(hop, sock, options));
    }
  } catch (error) {
    endAll(clients);
    throw error;
  }
  const client = clients.at(-1);
  if (client === undefined) throw new Error("there is no host to connect to");
  return connectionOf(client, settings, () => endAll(clients));
}

function login(settings: SshSettings, sock: ClientChannel | undefined, options: SshOptions): Promise<Client> {
  const { acceptNew = false, askPassphrase = async () => undefined } = options;
  const keyCheck = hostKeyCheck(settings, acceptNew);
  const client = new ssh2.Client();
  return new Promise((resolve, reject) => {
    let refusal: Error | undefined;
    const timer = patience(settings.connectTimeoutSeconds, () => {
      fail(connectionError({ level: "client-timeout" }, settings, []));
    });
    const identities = identitiesOf(settings, (file) => timer.pausedFor(() => askPassphrase(file)));
    const fail = (error: Error): void => {
      timer.stop();
      client.destroy();
      reject(error);
    };
    client.once("ready", () => {
      client.setNoDelay(true); // requests are small, and each waits for the answer to the one before
      timer.stop();
      resolve(client);
    });
    client.once("error", (error) => fail(refusal ?? connectionError(error, settings, identities.leftOut)));
    client.once("close", () => fail(connectionError({ level: "closed" }, settings, identities.leftOut)));
    client.on("error", () => undefined); // once it is ready, channels say what became of them
    const hostVerifier = (key: Buffer): boolean => {
      try {
        keyCheck.check(key);
        return true;
      } catch (error) {
        refusal = error instanceof Error ? error : new Error(messageOf(error));
        return false;
      }
    };
    const authHandler: ConnectConfig["authHandler"] = (_left, _partial, next) => {
      identities.next().then(next as (method: unknown) => void, fail);
    };
    client.connect({
      host: settings.host,
      port: settings.port,
      username: settings.user,
      ...(sock === undefined ? {} : { sock }),
      algorithms: { serverHostKey: [...keyCheck.algorithms], cipher: CIPHERS },
      hostVerifier,
      authHandler,
      readyTimeout: 0,
      keepaliveInterval: settings.keepAliveSeconds * 1000,
      keepaliveCountMax: settings.keepAliveCount,
    });
  });
}

/** AES-GCM first: CPUs and OpenSSL are fastest with it. */
const CIPHERS: CipherAlgorithm[] = [
  "aes128-gcm@openssh.com",
  "aes256-gcm@openssh.com",
  "chacha20-poly1305@openssh.com",
  "aes128-ctr",
  "aes256-ctr",
];

/** A time limit that does not run while somebody types. */
function patience(seconds: number, onEnd: () => void) {
  let timer = setTimeout(onEnd, seconds * 1000);
  return {
    stop: () => clearTimeout(timer),
    pausedFor: async <T>(wait: () => Promise<T>): Promise<T> => {
      clearTimeout(timer);
      try {
        return await wait();
      } finally {
        timer = setTimeout(onEnd, seconds * 1000);
      }
    },
  };
}

function tunnel(through: Client, { name, host, port }: SshSettings): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    through.forwardOut("127.0.0.1", 0, host, port, (error, channel) => {
      if (error === undefined) return resolve(channel);
      const hint = `Check HostName and Port of '${name}', and that the jump host may reach it.`;
      reject(new UserError("SSH_UNREACHABLE", `The jump host cannot reach ${host}:${port}: ${error.message}.`, hint));
    });
  });
}

function endAll(clients: readonly Client[]): void {
  for (const client of [...clients].reverse()) client.end();
}

function connectionOf(client: Client, settings: SshSettings, end: () => void): SshConnection {
  let open = true;
  const closed = new Promise<void>((resolve) => {
    client.once("close", () => {
      open = false;
      resolve();
    });
  });
  const asked = <T>(ask: (done: (error: Error | undefined, result?: T) => void) => void): Promise<T> =>
    new Promise((resolve, reject) => {
      const lost = (why: string): UserError => connectionLost(settings, why);
      if (!open) return reject(lost("it was closed"));
      void closed.then(() => reject(lost("it broke")));
      try {
        ask((error, result) => (error === undefined ? resolve(result as T) : reject(lost(error.message))));
      } catch (error) {
        reject(lost(messageOf(error)));
      }
    });
  const lost = `the connection to '${settings.name}' broke`;
  const openChannel = (command: string): Promise<Opened> =>
    asked((done) =>
      client.exec(command, (error, channel) => done(error, error === undefined ? opened(channel, lost) : undefined)),
    );
  const exec = async (command: string, input = ""): Promise<ExecResult> => finished(await openChannel(command), input);
  return {
    alive: () => open,
    start: async (command, { sudo } = { sudo: false }) => {
      const killGroup = (pid: number): Promise<unknown> => exec(script(KILL, [String(pid)], sudo));
      return started({ ...(await openChannel(script(ANNOUNCE, command, sudo))), lost, killGroup });
    },
    exec,
    sftp: () => asked<SFTPWrapper>((done) => client.sftp(done)),
    close: async () => {
      if (!open) return;
      end();
      const timer = setTimeout(() => client.destroy(), CLOSE_TIMEOUT_MS);
      await closed;
      clearTimeout(timer);
    },
  };
}

const CLOSE_TIMEOUT_MS = 2000;

async function finished({ channel, ended, closed }: Opened, input: string): Promise<ExecResult> {
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  channel.on("data", (data: Buffer) => out.push(data));
  channel.stderr.on("data", (data: Buffer) => err.push(data));
  channel.end(input);
  const end = await ended;
  await forAWhile(closed);
  const [stdout, stderr] = [out, err].map((chunks) => Buffer.concat(chunks).toString("utf8"));
  return { exitCode: end.how === "exit" ? end.exitCode : undefined, stdout: stdout ?? "", stderr: stderr ?? "" };
}

function connectionLost({ name }: SshSettings, why: string): UserError {
  return new UserError("SSH_LOST", `The connection to '${name}' is lost: ${why}.`, "Check the host and the network.");
}
