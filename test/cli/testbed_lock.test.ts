/** Several programs that want one machine. */
import { execaSync } from "execa";
import { existsSync, readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { addonFile } from "../../src/native/addon.js";
import { eventually, temporaryFolder } from "../agent/agents.js";
import { entry, hasSshd, keyPair, known, startServer, userHome } from "../testbed/ssh/server.js";
import { program, SUITE, type Program } from "./nicbench.js";

const SHORT = SUITE.replace(/matrix:\n.*\n.*\n/, "matrix: { table: [cuckoo] }\n")
  .replace("min: 3", "min: 1, max: 1")
  .replace("rate: max", "flows: 1Ki, rate: 10kpps");
const LONG = SHORT.replace("50ms", "60s");

/** Two users of one machine: a run that goes on for long, and somebody else. */
async function twoUsers() {
  const environment = { NICBENCH_AGENT: "", NICBENCH_LOCK_FOLDER: `${await temporaryFolder()}/lock` };
  const starter = ({ start }: Program) => {
    return (args: readonly string[]): ReturnType<Program["start"]> => start(args, environment);
  };
  const { folder, ...bed } = await program(SHORT);
  const [long, short] = [starter(await program(LONG)), starter({ folder, ...bed })];
  const first = long(["run", "suite.yaml", "--no-report"]);
  const status = async () => (await short(["testbed", "status"])).stdout;
  await eventually(async () => (await status()).includes("in use by"), "the first run has the machine");
  const run = (...args: readonly string[]) => short(["run", "suite.yaml", "--no-report", ...args]);
  return { first, run, status, nicbench: short, folder };
}

async function saysThatItWaits(child: ReturnType<Program["start"]>): Promise<void> {
  let said = "";
  child.stderr?.on("data", (data: Buffer) => (said += data.toString()));
  await eventually(() => said.includes("waiting for host"), "it says that it waits");
}

describe.skipIf(!existsSync(addonFile))("a machine that is in use (needs the addon)", () => {
  it("is refused with who uses it, and free after Ctrl-C", async () => {
    const { first, run, status, nicbench } = await twoUsers();
    for (const refused of [await run(), await nicbench(["limits"]), await nicbench(["calibrate"])]) {
      expect(refused.exitCode).toBe(2);
      expect(refused.stderr).toMatch(/Host '\w+' is in use by \S+ on .*\(run small-.*, process \d+\) since 2/);
      expect(refused.stderr).toContain("--wait 10min");
    }
    expect((await nicbench(["list", "runs"])).stdout).toContain("There is no run");
    first.kill("SIGINT");
    expect((await first).exitCode).toBe(130);
    expect(await status()).toMatch(/free$/);
    expect((await run()).exitCode).toBe(0);
    expect(await status()).toMatch(/free$/);
  });

  it("is free at once after kill -9 of who used it", async () => {
    const { first, run } = await twoUsers();
    first.kill("SIGKILL");
    await first;
    expect((await run()).exitCode).toBe(0);
  });

  it("is waited for, and then used", async () => {
    const { first, run } = await twoUsers();
    const waiting = run("--wait", "10min");
    await saysThatItWaits(waiting);
    first.kill("SIGINT");
    const { exitCode } = await waiting;
    expect(exitCode).toBe(0);
  });

  it("is waited for no longer than was asked, or until Ctrl-C", async () => {
    const { run } = await twoUsers();
    const impatient = await run("--wait", "1s");
    expect(impatient.exitCode).toBe(2);
    expect(impatient.stderr).toContain("also after 1 s");
    const waiting = run("--wait", "10min");
    await saysThatItWaits(waiting);
    waiting.kill("SIGINT");
    expect((await waiting).exitCode).toBe(130);
  });

  it("is freed by a person only with --force", async () => {
    const { first, nicbench, run, status } = await twoUsers();
    const polite = await nicbench(["testbed", "release"]);
    expect(polite.exitCode).toBe(2);
    expect(polite.stderr).toContain("add --force");
    expect((await nicbench(["testbed", "release", "--force"])).stdout).toContain("freed; it was in use by");
    expect(await status()).toMatch(/free$/);
    expect((await run()).exitCode).toBe(0);
    expect(first.exitCode).toBeNull();
  });
});

describe.skipIf(!hasSshd || !existsSync(addonFile))("deploy (needs the addon and sshd)", () => {
  it("leaves a host alone that is measured, but for asking, or waits for it", async () => {
    const { first, nicbench, folder } = await twoUsers();
    const key = keyPair();
    const server = await startServer({ authorized: key });
    await userHome({ key: key.private, config: entry("lab", server.port), known_hosts: known(server) });
    const ring = "{ host: far, ports: [{ io: ring }] }";
    const bed = `nicbench: 1\nname: bed\nhosts: { far: { ssh: lab } }\nroles: { generator: ${ring}, dut: ${ring} }\n`;
    await writeFile(join(folder, "bed.yaml"), bed);
    const refused = await nicbench(["deploy", "bed.yaml"]);
    expect(refused.stderr).toMatch(/Host 'far' is in use by .* \(run small-/);
    expect(refused.exitCode).toBe(2);
    const brought = (): readonly string[] =>
      readdirSync(server.home, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith("/nicbench.node"));
    expect(brought()).toEqual([]);
    const waiting = nicbench(["deploy", "bed.yaml", "--wait", "10min"]);
    await saysThatItWaits(waiting);
    first.kill("SIGINT");
    const { stdout, exitCode } = await waiting;
    expect(stdout).toContain("the agent works");
    expect(exitCode).toBe(0);
    expect(brought()).toHaveLength(1);
  });
});

/** Processes of another PID namespace cannot be seen, so a host takes this for a run from another machine. */
const ELSEWHERE = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"];
const canBeElsewhere = execaSync(ELSEWHERE[0] ?? "", [...ELSEWHERE.slice(1), "true"], { reject: false }).exitCode === 0;

describe.skipIf(!hasSshd || !existsSync(addonFile) || !canBeElsewhere)(
  "a host that is measured from another machine (needs the addon, sshd, and root to be elsewhere)",
  () => {
    it("is in use while its agents live, and free some seconds after they have ended without a word", async () => {
      const key = keyPair();
      const server = await startServer({ authorized: key });
      const home = await userHome({ key: key.private, config: entry("lab", server.port), known_hosts: known(server) });
      const environment = { NICBENCH_AGENT: "", NICBENCH_LOCK_FOLDER: `${await temporaryFolder()}/lock`, HOME: home };
      const start = async (suite: string) => {
        const bed = await program(suite);
        const ring = "{ host: far, ports: [{ io: ring }] }";
        const hosts = "hosts: { far: { ssh: lab } }";
        const text = `nicbench: 1\nname: bed\n${hosts}\nroles: { generator: ${ring}, dut: ${ring} }\n`;
        await writeFile(join(bed.folder, "bed.yaml"), text);
        const run = (...more: readonly string[]) =>
          bed.start(["run", "suite.yaml", "--no-report", "--testbed", "bed.yaml", ...more], environment, ELSEWHERE);
        return { run, status: () => bed.start(["testbed", "status", "bed.yaml"], environment) };
      };
      const [long, short] = [await start(LONG), await start(SHORT)];
      const first = long.run();
      await eventually(async () => (await short.status()).stdout.includes("in use by"), "the first run has the host");
      const refused = await short.run();
      expect(refused.exitCode).toBe(2);
      expect(refused.stderr).toContain("Host 'far' is in use by");
      first.kill("SIGKILL");
      await first;
      await eventually(async () => (await short.status()).stdout.includes("may come back"), "its agent has ended");
      const second = await short.run();
      expect(second.stderr).toContain("waiting for host 'far': left by");
      expect(second.exitCode).toBe(0);
      expect((await short.status()).stdout).toMatch(/far +free$/);
    }, 180_000);
  },
);
