import { execa, execaSync } from "execa";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { sshSettings } from "../../../src/testbed/ssh/config.js";
import { connectSsh, type SshConnection, type SshOptions } from "../../../src/testbed/ssh/connect.js";
import { fingerprint } from "../../../src/testbed/ssh/known_hosts.js";
import { script } from "../../../src/testbed/ssh/script.js";
import { eventually, isRunning, withEnvironment } from "../../agent/agents.js";
import { entry, freePort, hasSshd, keyPair, known, startServer, userHome, type Server } from "./server.js";

async function connect(name: string, options?: SshOptions): Promise<SshConnection> {
  const connection = await connectSsh(sshSettings(name), options);
  onTestFinished(() => connection.close());
  return connection;
}

/** A server that knows our key, and a home that knows the server as `lab`. */
async function lab(files: Readonly<Record<string, string>> = {}): Promise<Server & { readonly user: string }> {
  const key = keyPair();
  const server = await startServer({ authorized: key });
  const user = await userHome({
    key: key.private,
    config: entry("lab", server.port),
    known_hosts: known(server),
    ...files,
  });
  return { ...server, user };
}

function blobOf(key: { readonly public: string }): Buffer {
  return Buffer.from(key.public.split(" ")[1] ?? "", "base64");
}

describe.skipIf(!hasSshd)("a connection (needs sshd)", () => {
  it("runs commands, several at once, and keeps their outputs apart", async () => {
    await lab();
    const connection = await connect("lab");
    const results = await Promise.all([
      connection.exec(script("echo out; echo err >&2; exit 3")),
      connection.exec(script("cat"), "what goes in"),
      connection.exec(script("kill -9 $$")),
    ]);
    expect(results).toEqual([
      { exitCode: 3, stdout: "out\n", stderr: "err\n" },
      { exitCode: 0, stdout: "what goes in", stderr: "" },
      { exitCode: undefined, stdout: "", stderr: "" },
    ]);
  });

  it("passes words on as they are, whatever a shell would make of them", async () => {
    await lab();
    const connection = await connect("lab");
    for (const word of ["$(id)", "`id`", "'; id; '", '"', "a b", "-n", "\\", "*", "$HOME", "~", "ä;&|<>()", ""]) {
      const { stdout } = await connection.exec(script('printf %s "$1"', [word]));
      expect(stdout).toBe(word);
    }
  });

  it("drains what a program pours out", async () => {
    await lab();
    const connection = await connect("lab");
    const { stdout, gone } = await connection.start(["head", "-c", "100000000", "/dev/zero"]);
    let bytes = 0;
    stdout.on("data", (data: Buffer) => (bytes += data.length));
    expect(await gone).toEqual({ how: "exit", exitCode: 0 });
    expect(bytes).toBe(100_000_000);
  });

  it("kills a program with all that it started", async () => {
    await lab();
    const connection = await connect("lab");
    const agent = await connection.start(["sh", "-c", "sleep 1000 & echo $$ $!; wait"]);
    const pids = await new Promise<number[]>((resolve) => {
      agent.stdout.once("data", (data: Buffer) => resolve(data.toString().trim().split(" ").map(Number)));
    });
    expect(pids.filter(isRunning)).toHaveLength(2);
    agent.kill();
    expect(await agent.gone).toEqual({ how: "signal", signal: "SIGKILL" });
    await eventually(() => pids.filter(isRunning).length === 0, "both are gone");
  });

  it("that breaks says so to every program on it, and closes their input", async () => {
    const { kill } = await lab();
    const connection = await connect("lab");
    const agent = await connection.start(["sh", "-c", "echo $$; exec cat"]);
    const pid = await new Promise<number>((resolve) => {
      agent.stdout.once("data", (data: Buffer) => resolve(Number(data.toString())));
    });
    await kill();
    expect(await agent.gone).toEqual({ how: "lost", reason: "the connection to 'lab' broke" });
    expect(connection.alive()).toBe(false);
    await expect(connection.exec("true")).rejects.toMatchObject({ code: "SSH_LOST" });
    await eventually(() => !isRunning(pid), "the program has seen the end of its input");
  });
});

describe.skipIf(!hasSshd)("a host's key (needs sshd)", () => {
  it("that nobody knows is shown as ssh-keygen shows it, and taken only if that is asked for", async () => {
    const { user, hostKeys } = await lab({ known_hosts: "" });
    const file = join(user, "key.pub");
    writeFileSync(file, hostKeys[0]!.public);
    const { stdout } = execaSync("ssh-keygen", ["-lf", file]);
    const shown = stdout.split(" ")[1] ?? "none";
    expect(fingerprint(blobOf(hostKeys[0]!))).toBe(shown);
    await expect(connect("lab")).rejects.toMatchObject({
      code: "HOST_KEY_UNKNOWN",
      message: expect.stringContaining(shown),
      hint: expect.stringContaining("--accept-new"),
    });
    await connect("lab", { acceptNew: true });
    await connect("lab");
  });

  it("that has changed is refused with its place, even if new ones are accepted", async () => {
    const { user, hostKeys, port } = await lab();
    const other = `# kept by hand\n[127.0.0.1]:${port} ${keyPair().public}\n`;
    writeFileSync(join(user, ".ssh/known_hosts"), other);
    await expect(connect("lab", { acceptNew: true })).rejects.toMatchObject({
      code: "HOST_KEY_CHANGED",
      message: expect.stringMatching(/known_hosts:2 has: ssh-ed25519 SHA256:/),
    });
    expect(readFileSync(join(user, ".ssh/known_hosts"), "utf8")).toBe(other);
    expect(hostKeys).toHaveLength(1);
  });

  it("that is revoked is refused, though it is known as well", async () => {
    const server = await lab();
    const line = known(server);
    writeFileSync(join(server.user, ".ssh/known_hosts"), `${line}@revoked * ${line.slice(line.indexOf(" ") + 1)}`);
    await expect(connect("lab", { acceptNew: true })).rejects.toMatchObject({ code: "HOST_KEY_REVOKED" });
  });

  it("is found in hashed entries", async () => {
    const { user } = await lab();
    execaSync("ssh-keygen", ["-H", "-f", join(user, ".ssh/known_hosts")]);
    expect(readFileSync(join(user, ".ssh/known_hosts"), "utf8")).not.toContain("127.0.0.1");
    await connect("lab");
  });

  it("is asked for in the kind that is known, where a host has several", async () => {
    const key = keyPair();
    const hostKeys = [keyPair(), keyPair({ type: "ecdsa" })];
    const server = await startServer({ authorized: key, hostKeys });
    await userHome({ key: key.private, config: entry("lab", server.port), known_hosts: known(server, 1) });
    await connect("lab");
  });
});

describe.skipIf(!hasSshd)("logging in (needs sshd)", () => {
  it("with a key that the host does not take fails with what was tried", async () => {
    await lab({ key: keyPair().private });
    await expect(connect("lab")).rejects.toMatchObject({
      code: "SSH_AUTH",
      message: expect.stringContaining(".ssh/key"),
      hint: expect.stringContaining("ssh-copy-id lab"),
    });
  });

  it("asks for the passphrase of an encrypted key, and says so where nobody can be asked", async () => {
    const key = keyPair({ passphrase: "open sesame" });
    const server = await startServer({ authorized: key });
    await userHome({ key: key.private, config: entry("lab", server.port), known_hosts: known(server) });
    const asked: string[] = [];
    const answering = (answer: string | undefined): SshOptions => ({
      askPassphrase: async (file) => {
        asked.push(file);
        return answer;
      },
    });
    await connect("lab", answering("open sesame"));
    expect(asked).toEqual([expect.stringMatching(/\.ssh\/key$/)]);
    await expect(connect("lab", answering("wrong"))).rejects.toMatchObject({
      message: expect.stringContaining("the passphrase does not fit"),
    });
    await expect(connect("lab")).rejects.toMatchObject({
      code: "SSH_AUTH",
      message: expect.stringContaining("ssh-add"),
    });
  });

  it("takes keys of ssh-agent, those of the configuration first", async () => {
    const key = keyPair();
    const server = await startServer({ authorized: key });
    const home = await userHome({
      "key.pub": key.public,
      secret: key.private,
      config: entry("lab", server.port, "  IdentitiesOnly yes\n"),
      known_hosts: known(server),
    });
    const socket = join(home, "agent");
    const agent = execa("ssh-agent", ["-D", "-a", socket], { reject: false });
    onTestFinished(() => void agent.kill());
    withEnvironment({ SSH_AUTH_SOCK: socket });
    await eventually(() => execaSync("ssh-add", ["-l"], { reject: false }).exitCode !== 2, "the agent answers");
    for (let others = 0; others < 8; others += 1) {
      writeFileSync(join(home, "other"), keyPair().private, { mode: 0o600 });
      execaSync("ssh-add", [join(home, "other")]);
    }
    await expect(connect("lab")).rejects.toMatchObject({ code: "SSH_AUTH" });
    execaSync("ssh-add", [join(home, ".ssh/secret")]);
    await connect("lab");
  });

  it("goes through other hosts", async () => {
    const key = keyPair();
    const [jump, target] = await Promise.all([startServer({ authorized: key }), startServer({ authorized: key })]);
    const config = `${entry("jump", jump.port)}${entry("target", target.port, "  ProxyJump jump\n")}`;
    await userHome({ key: key.private, config, known_hosts: `${known(jump)}${known(target)}` });
    const connection = await connect("target");
    const { stdout } = await connection.exec(script("echo $SSH_CONNECTION; echo $HOME"));
    expect(stdout).toContain(`127.0.0.1 ${target.port}\n${target.home}`);
    await jump.kill();
    await expect(connection.exec("true")).rejects.toMatchObject({ code: "SSH_LOST" });
  });
});

describe("a host that cannot be reached", () => {
  it("refuses the connection where nothing listens", async () => {
    await userHome({ config: entry("lab", await freePort()) });
    await expect(connect("lab")).rejects.toMatchObject({
      code: "SSH_REFUSED",
      message: expect.stringMatching(/^Host 'lab' \(127\.0\.0\.1:\d+\) refuses the connection\.$/),
    });
  });

  it("is given up when it says nothing", async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void silent.close());
    await userHome({ config: entry("lab", (silent.address() as AddressInfo).port, "  ConnectTimeout 1\n") });
    await expect(connect("lab")).rejects.toMatchObject({ code: "SSH_TIMEOUT" });
  });

  it("may be something else than an SSH server", async () => {
    const talker = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    await new Promise<void>((resolve) => talker.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void talker.close());
    await userHome({ config: entry("lab", (talker.address() as AddressInfo).port) });
    await expect(connect("lab")).rejects.toMatchObject({
      code: "SSH_FAILED",
      hint: expect.stringContaining("ssh -v -p"),
    });
  });
});
