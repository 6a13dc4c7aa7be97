/** A real sshd on a port of this machine, and a home for whoever connects to it; both go with the test. */
import { execa, execaSync } from "execa";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { childrenOf, eventually, temporaryFolder, withEnvironment } from "../../agent/agents.js";

const PROGRAM = "/usr/sbin/sshd";
export const hasSshd = existsSync(PROGRAM);

export interface KeyPair {
  readonly private: string;
  /** Type and key, as in authorized_keys. */
  readonly public: string;
}

export function keyPair({ passphrase = "", type = "ed25519" } = {}): KeyPair {
  const folder = mkdtempSync(join(tmpdir(), "nicbench-key-"));
  execaSync("ssh-keygen", ["-q", "-t", type, "-N", passphrase, "-C", "", "-f", join(folder, "key")]);
  const [secretKey = "", publicKey = ""] = ["key", "key.pub"].map((name) => readFileSync(join(folder, name), "utf8"));
  rmSync(folder, { recursive: true });
  return { private: secretKey, public: publicKey.trim() };
}

export interface ServerOptions {
  /** Whose owner may log in. */
  readonly authorized: KeyPair;
  readonly hostKeys?: readonly KeyPair[];
  readonly port?: number;
  /** Environment of sessions, beside HOME. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Server {
  readonly port: number;
  /** HOME of sessions. */
  readonly home: string;
  readonly hostKeys: readonly KeyPair[];
  /** Ends it and all its sessions, at once. */
  kill(): Promise<void>;
}

export async function startServer({ authorized, ...options }: ServerOptions): Promise<Server> {
  const { hostKeys = [keyPair()], environment = {} } = options;
  const port = options.port ?? (await freePort());
  const folder = await temporaryFolder();
  const home = join(folder, "home");
  mkdirSync(home);
  for (const [index, key] of hostKeys.entries()) secret(join(folder, `host_key_${index}`), key.private);
  secret(join(folder, "authorized_keys"), `${authorized.public}\n`);
  const variables = Object.entries({ HOME: home, ...environment }).map(([name, value]) => `"${name}=${value}"`);
  const lines = [
    `ListenAddress 127.0.0.1:${port}`,
    ...hostKeys.map((_, index) => `HostKey ${join(folder, `host_key_${index}`)}`),
    `AuthorizedKeysFile ${join(folder, "authorized_keys")}`,
    "StrictModes no",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "UsePAM no",
    "PidFile none",
    "Subsystem sftp internal-sftp",
    `SetEnv ${variables.join(" ")}`,
  ];
  secret(join(folder, "sshd_config"), `${lines.join("\n")}\n`);
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
  const child = execa(PROGRAM, ["-D", "-e", "-f", join(folder, "sshd_config")], { reject: false, detached: true });
  const kill = async (): Promise<void> => {
    killTree(child.pid ?? 0);
    await child;
  };
  onTestFinished(kill);
  await eventually(() => accepts(port), "sshd answers");
  return { port, home, hostKeys, kill };
}

/** A home with `~/.ssh/config`, a key and known hosts, which this test has for its own. */
export async function userHome(files: Readonly<Record<string, string>>): Promise<string> {
  const home = await temporaryFolder();
  mkdirSync(join(home, ".ssh"), { mode: 0o700 });
  for (const [name, text] of Object.entries(files)) secret(join(home, ".ssh", name), text);
  withEnvironment({ HOME: home, SSH_AUTH_SOCK: "" });
  return home;
}

/** `~/.ssh/config` for an alias. */
export function entry(alias: string, port: number, more = ""): string {
  const { username } = userInfo();
  return `Host ${alias}\n  HostName 127.0.0.1\n  Port ${port}\n  User ${username}\n  IdentityFile ~/.ssh/key\n${more}\n`;
}

/** A line of known_hosts. */
export function known({ port, hostKeys }: Pick<Server, "port" | "hostKeys">, index = 0): string {
  return `[127.0.0.1]:${port} ${hostKeys[index]?.public ?? ""}\n`;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

/** Sessions have process groups of their own, so the tree is walked; what runs in a session has to go by itself. */
function killTree(pid: number): void {
  const children = childrenOf(pid);
  try {
    if (!readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("sshd")) return;
    process.kill(pid, "SIGKILL");
  } catch {
    return; // it has gone already
  }
  for (const child of children) killTree(child);
}

function secret(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 });
}
