/** What may happen on the way to a host, and to its disk and clock: a real sshd, real agents, and a run over them. */
import { execaSync } from "execa";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { addonFile } from "../../src/native/addon.js";
import { packageRoot } from "../../src/package.js";
import { eventually } from "../agent/agents.js";
import { proxyTo } from "../testbed/ssh/proxy.js";
import { entry, freePort, hasSshd, keyPair, known, startServer, userHome, type Server } from "../testbed/ssh/server.js";
import { program } from "./nicbench.js";

const suite = (trials: number): string => `
nicbench: 1
name: far
title: On a host over SSH
experiment: conntrack
with: { table: cuckoo }
traffic: { profile: uniform, flows: 1Ki, rate: 10kpps }
trial: { warmup: 10ms, duration: 1s }
repeat: { min: ${trials}, max: ${trials} }
`;

const STEPPING_CLOCK = `--import=${packageRoot}test/fixtures/clock/steps.mjs`;

/** An installation whose agent says nothing of worth, and never ends to: 100 MB a turn. */
function flood(folder: string): string {
  mkdirSync(join(folder, "bin"), { recursive: true });
  const agent = `
    const piece = "x".repeat(1e8);
    const pour = (stream, start) => stream.write(start + piece, () => pour(stream, ""));
    pour(process.stderr, "");
    setTimeout(() => pour(process.stdout, '{"jsonrpc":"2.0","id":1,"result":"'), 3000);
  `;
  writeFileSync(join(folder, "bin/nicbench.js"), agent);
  return folder;
}

/** The most memory that a process has had; 0 where it cannot be seen. */
function peakBytes(pid: number): number {
  try {
    return 1024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

interface Bed {
  /** Makes an installation on the host. */
  readonly install?: (folder: string) => string;
  /** Given where it is not the one that the server has. */
  readonly hostKey?: string;
  readonly key?: string;
  readonly passphrase?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly config?: string;
  readonly trials?: number;
  /** Stands between us and the server. */
  readonly through?: (port: number) => Promise<number>;
}

const direct = async (port: number): Promise<number> => port;

/** A host `lab` with both roles, and the run of a suite on it. */
async function farHost({
  hostKey,
  key,
  passphrase = "",
  install,
  environment = {},
  config = "",
  trials = 3,
  through = direct,
}: Bed = {}) {
  const pair = keyPair({ passphrase });
  const server = await startServer({ authorized: pair, environment });
  const port = await through(server.port);
  const known_hosts = hostKey === undefined ? known({ ...server, port }) : `[127.0.0.1]:${port} ${hostKey}\n`;
  const home = await userHome({ key: key ?? pair.private, config: entry("lab", port, config), known_hosts });
  const bed = await program(suite(trials));
  const ring = "{ host: far, ports: [{ io: ring }] }";
  const where = install === undefined ? "" : `, install: ${install(join(server.home, "nicbench"))}`;
  const roles = `roles: { generator: ${ring}, dut: ${ring} }`;
  writeFileSync(
    join(bed.folder, "bed.yaml"),
    `nicbench: 1\nname: bed\nhosts: { far: { ssh: lab${where} } }\n${roles}\n`,
  );
  const start = (more: Readonly<Record<string, string>> = {}, wrapper: readonly string[] = []) => {
    const environment = { NICBENCH_AGENT: "", HOME: home, ...more };
    return bed.start(["run", "suite.yaml", "--no-report", "--testbed", "bed.yaml"], environment, wrapper);
  };
  const trialsOf = async () => (await bed.onlyRun().catch(() => undefined))?.trials ?? [];
  return { ...bed, server, start, trialsOf };
}

/** Runs what comes after it on a terminal of its own. */
const ON_TERMINAL = ["sh", "-c", 'exec script -qec "$*" /dev/null', "sh"];

/** Files below a folder that hold a text. */
function filesWith(text: string, folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file).includes(text));
}

/** Agents that were brought to the server's home. */
function agentsAt({ home }: Server): readonly number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => commandOf(pid).includes(`${home}/.cache/nicbench`)).map(Number);
}

function killIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // The run was faster than we.
  }
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

describe.skipIf(!hasSshd || !existsSync(addonFile))(
  "a run over SSH (needs the addon and sshd)",
  { timeout: 180_000 },
  () => {
    it.each([
      [
        "whose key has changed",
        { hostKey: keyPair().public },
        /shows another key than .*known_hosts:1 has: ssh-ed25519/,
      ],
      ["where nothing listens", { through: freePort }, /refuses the connection/],
      ["that takes none of our keys", { key: keyPair().private }, /takes none of our keys for user/],
    ])("ends before it begins at a host %s", async (_name, bed, message) => {
      const { start, server, folder } = await farHost(bed);
      const { exitCode, stderr } = await start();
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(message);
      expect(stderr).toContain("hint: ");
      expect(readdirSync(join(folder, "results"))).toEqual([]);
      expect(readdirSync(server.home)).toEqual([]);
    });

    it("asks for the passphrase of a key once, and writes neither that nor the key anywhere", async () => {
      const passphrase = "open sesame 4711";
      const { start, server, folder } = await farHost({ passphrase });
      const run = start({}, ON_TERMINAL);
      let screen = "";
      run.stdout.on("data", (piece: Buffer) => {
        if (!screen.includes("Passphrase of ") && String(piece).includes("Passphrase of "))
          run.stdin.write(`${passphrase}\n`);
        screen += String(piece);
      });
      expect((await run).exitCode).toBe(0);
      expect(screen.match(/Passphrase of/g)).toHaveLength(1);
      expect(screen).not.toContain(passphrase);
      for (const place of [folder, server.home]) {
        expect(filesWith(passphrase, place)).toEqual([]);
        expect(filesWith("PRIVATE KEY", place)).toEqual([]);
      }
    });

    it("sends a host nothing while it measures", async () => {
      let sent: readonly number[] = [];
      const through = async (port: number): Promise<number> => {
        const proxy = await proxyTo(port);
        sent = proxy.sent;
        return proxy.port;
      };
      const { start, trialsOf } = await farHost({ through });
      expect((await start()).exitCode).toBe(0);
      const trials = await trialsOf();
      expect(trials.length).toBeGreaterThan(2);
      const silences = sent.slice(1).map((time, i) => ({ from: sent[i] ?? time, ms: time - (sent[i] ?? time) }));
      for (const { startedAt } of trials) {
        const start = Date.parse(startedAt);
        const during = silences.filter(({ from, ms }) => from >= start - 100 && from < start + 2000 && ms > 1000);
        expect(during).not.toEqual([]);
      }
    });

    it("fails the trial when the connection goes dead, connects again, and leaves no agent behind", async () => {
      let cut = (): void => undefined;
      const through = async (port: number): Promise<number> => {
        const proxy = await proxyTo(port);
        cut = proxy.cut;
        return proxy.port;
      };
      const config = "  ServerAliveInterval 1\n  ServerAliveCountMax 2";
      const { start, server, trialsOf, onlyRun } = await farHost({ config, through });
      const child = start();
      await eventually(async () => (await trialsOf()).length > 0, "a trial is over");
      const [first] = agentsAt(server);
      expect(first).toBeGreaterThan(0);
      cut();
      expect((await child).exitCode).toBe(1);
      const { trials, summary } = await onlyRun();
      const failed = trials.filter(({ status }) => status === "failed");
      expect(failed.map(({ reason }) => reason)).toEqual([expect.stringContaining("the connection to 'lab' broke")]);
      expect(trials[0]?.status).not.toBe("failed");
      expect(summary.outcome).toBe("complete");
      await eventually(() => agentsAt(server).length === 0, "no agent is left, that of the dead connection neither");
    });

    it("ends before it begins at a host whose agent pours out gigabytes, and keeps little of it", async () => {
      const { start, folder } = await farHost({ install: flood });
      const child = start();
      let most = 0;
      const timer = setInterval(() => (most = Math.max(most, peakBytes(child.pid ?? 0))), 50);
      const { exitCode, stderr } = await child;
      clearInterval(timer);
      expect(exitCode).toBe(2);
      expect(stderr).toContain("error: The agent answered what is no message");
      expect(most).toBeGreaterThan(0);
      expect(most).toBeLessThan(2 ** 30);
      const [run = ""] = readdirSync(join(folder, "results"));
      expect(statSync(join(folder, "results", run, "logs/far-agent.log")).size).toBeLessThan(20 * 2 ** 20);
    });

    it("does not mind clocks that are set, here or there", async () => {
      const { start, server, trialsOf, onlyRun } = await farHost({
        environment: { NODE_OPTIONS: STEPPING_CLOCK },
        trials: 6, // more than pass before a busy machine looks at the first
      });
      const child = start({ NODE_OPTIONS: STEPPING_CLOCK });
      for (const count of [1, 2]) {
        await eventually(async () => (await trialsOf()).length >= count, `${count} trials are over`);
        for (const pid of [child.pid ?? 0, ...agentsAt(server)]) killIfThere(pid, "SIGUSR2");
      }
      const { exitCode, stderr } = await child;
      expect(stderr).not.toContain("failed");
      expect(exitCode).toBe(0);
      const { trials, summary } = await onlyRun();
      expect(summary.outcome).toBe("complete");
      const days = new Set(trials.map(({ startedAt }) => startedAt.slice(0, 10)));
      expect(days.size).toBeGreaterThan(1); // the clocks did step
      for (const { seconds } of trials) {
        expect(seconds).toBeGreaterThan(1);
        expect(seconds).toBeLessThan(100);
      }
    });

    it.skipIf(process.getuid?.() !== 0)(
      "ends before it begins where the host's disk is full, with nothing half done there (needs root to mount a small one)",
      async () => {
        const { start, server, folder } = await farHost();
        const cache = join(server.home, ".cache");
        mkdirSync(cache);
        execaSync("mount", ["-t", "tmpfs", "-o", "size=2m", "none", cache]);
        onTestFinished(() => void execaSync("umount", ["--lazy", cache]));
        const { exitCode, stderr } = await start();
        expect(exitCode).toBe(2);
        expect(stderr).toMatch(/error: The agent cannot be brought to host 'lab', to .*: its disk is full/);
        expect(stderr).toContain("df -h");
        expect(readdirSync(join(cache, "nicbench"))).toEqual([]);
        expect(readdirSync(join(folder, "results"))).toEqual([]);
      },
    );
  },
);
