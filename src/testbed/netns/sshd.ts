/** An OpenSSH server inside a network namespace, with keys made for the run. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { UserError } from "../../errors.js";
import { describeDeparture } from "../host_process.js";
import { spawnLocal } from "../local_process.js";
import type { SshSettings } from "../ssh/config.js";
import type { Namespace, Slot } from "./namespaces.js";

const PLACES = ["/usr/sbin/sshd", "/usr/bin/sshd", "/usr/local/sbin/sshd"];
const START_TIMEOUT_MS = 10_000;
const POLL_MS = 20;

/** Makes the key that opens all namespaces of a slot, and returns its file. */
export async function makeUserKey({ folder }: Slot): Promise<string> {
  const file = join(folder, "key");
  write(join(folder, "authorized_keys"), await makeKey(file));
  return file;
}

/** Writes a private key, and returns the public one as a line. */
async function makeKey(file: string): Promise<string> {
  const { failed: missing, shortMessage = "" } = await execa(
    "ssh-keygen",
    ["-q", "-t", "ed25519", "-N", "", "-f", file],
    {
      reject: false,
    },
  );
  if (missing) throw failed(`there is no key for it: ${shortMessage}`, "Install it: apt-get install openssh-client");
  return readFileSync(`${file}.pub`, "utf8");
}

/** @throws {UserError} NETNS_SSHD: it is not installed, or does not start */
export async function startSshd(slot: Slot, { name, address }: Namespace, userKey: string): Promise<SshSettings> {
  const program = PLACES.find((place) => existsSync(place));
  if (program === undefined) throw failed("it is not installed", "Install it: apt-get install openssh-server");
  const file = (suffix: string): string => join(slot.folder, `${name}.${suffix}`);
  write(file("known_hosts"), `${address} ${await makeKey(file("host_key"))}`);
  write(file("sshd_config"), configuration(address, file("host_key"), join(slot.folder, "authorized_keys")));
  mkdirSync("/run/sshd", { recursive: true, mode: 0o755 }); // where Debian's sshd confines its unprivileged part
  const sshd = spawnLocal(["ip", "netns", "exec", name, program, "-D", "-e", "-f", file("sshd_config")]);
  let words = "";
  sshd.stderr.on("data", (data: Buffer) => (words = `${words}${data.toString()}`.slice(-500)));
  sshd.stdout.resume();
  const ended = sshd.gone.then((departure) => failed(`it ${describeDeparture(departure)}: ${words.trim()}`));
  await Promise.race([answers(address), ended.then((error) => Promise.reject(error))]);
  return {
    name,
    host: address,
    port: 22,
    user: "root",
    identityFiles: [userKey],
    identitiesOnly: true,
    agent: undefined,
    knownHostsFiles: [file("known_hosts")],
    hostKeyAlias: undefined,
    connectTimeoutSeconds: 20,
    keepAliveSeconds: 15,
    keepAliveCount: 3,
    jumps: [],
  };
}

/**
 * Our own Node.js is the one that runs there. Bash takes a shell of level 2 for no login, and leaves root's start-up files
 * alone, which may be slow.
 */
function configuration(address: string, hostKey: string, authorizedKeys: string): string {
  return [
    `ListenAddress ${address}`,
    `HostKey ${hostKey}`,
    `AuthorizedKeysFile ${authorizedKeys}`,
    "PermitRootLogin prohibit-password",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    `UsePAM ${isRootLocked() ? "yes" : "no"}`,
    "AllowUsers root",
    "PidFile none",
    "Subsystem sftp internal-sftp",
    `SetEnv SHLVL=1 "PATH=${dirname(process.execPath)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"`,
    "",
  ].join("\n");
}

/** A locked account may log in with a key only if PAM is asked. */
function isRootLocked(): boolean {
  try {
    return /^root:!/m.test(readFileSync("/etc/shadow", "utf8"));
  } catch {
    return false;
  }
}

async function answers(address: string): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (!(await accepts(address))) {
    if (performance.now() > deadline)
      throw failed(`it does not answer on ${address} within ${START_TIMEOUT_MS / 1000} s`);
    await new Promise((wake) => setTimeout(wake, POLL_MS));
  }
}

function accepts(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: 22, timeout: 1000 });
    const settle = (open: boolean) => (): void => {
      socket.destroy();
      resolve(open);
    };
    socket.once("connect", settle(true)).once("error", settle(false)).once("timeout", settle(false));
  });
}

function failed(why: string, hint = "Try it by hand: sshd -D -e -p 2222"): UserError {
  return new UserError("NETNS_SSHD", `The sshd of a network namespace does not run: ${why}.`, hint);
}

function write(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 });
}
