/** Programs that are not ours, through the real program and real agents: scripts as those of NPF. */
import { execaSync } from "execa";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { addonFile } from "../../src/native/addon.js";
import { eventually, isRunning } from "../agent/agents.js";
import { hasNamespaces, PRIVATE } from "./namespaces.js";
import { program, type Program } from "./nicbench.js";
import type { TrialRecord } from "../../src/results/model.js";

const SUITE = `
nicbench: 1
name: scripts
title: Scripts of NPF
experiment: command
with:
  metrics:
    rate: { unit: bit/s, better: higher }
    delay: { unit: ns, better: lower }
  parameters: { streams: { type: count } }
matrix: { streams: [1, 3] }
trial: { warmup: 10ms, duration: 100ms }
repeat: { min: 1 }
`;

/** The client divides what it is told; the server prints when it is asked to end. */
const TESTBED = `
nicbench: 1
name: scripts
hosts: { here: { kind: local } }
roles:
  generator:
    host: here
    command:
      start: [sh, client.sh, "\${streams}", "\${duration}"]
      ends: itself
      results: { rate: { npf: THROUGHPUT } }
  dut:
    host: here
    command:
      start: [sh, server.sh]
      ready: ^EVENT server_ready
      stop: { signal: SIGINT }
      results: { delay: { npf: "", unit: us } }
`;

const CLIENT = 'echo "streams $1, $2 s"; echo $$ > client.pid; sleep "$2"; echo "RESULT-THROUGHPUT $((6 / $1)) Gbps"\n';
const SERVER =
  "trap 'echo RESULT 7; exit 0' INT\necho $$ > server.pid\nsleep 1000 &\necho $! >> server.pid\necho EVENT server_ready\nwait\n";

interface Scripts extends Omit<Program, "start"> {
  run(...args: readonly string[]): ReturnType<Program["start"]>;
  resume(name: string): ReturnType<Program["start"]>;
  /** Of server and client, as far as they have been started. */
  pids(): Promise<readonly number[]>;
}

async function scripts(
  files: { suite?: string; testbed?: string; client?: string; server?: string; wrapper?: readonly string[] } = {},
): Promise<Scripts> {
  const { suite = SUITE, testbed = TESTBED, client = CLIENT, server = SERVER, wrapper = [] } = files;
  const { start, ...rest } = await program(suite);
  const { folder } = rest;
  await writeFile(join(folder, "bed.yaml"), testbed.replaceAll("FOLDER", folder));
  await writeFile(join(folder, "client.sh"), client);
  await writeFile(join(folder, "server.sh"), server);
  const pids = async (): Promise<readonly number[]> => {
    const texts = await Promise.all(
      ["server.pid", "client.pid"].map((name) => readFile(join(folder, name), "utf8").catch(() => "")),
    );
    return texts.join("\n").split("\n").filter(Boolean).map(Number);
  };
  onTestFinished(async () => (await pids()).filter(isRunning).forEach((pid) => process.kill(pid, "SIGKILL")));
  const run = (...args: readonly string[]) =>
    start(["run", "suite.yaml", "--testbed", "bed.yaml", "--no-report", ...args], { NICBENCH_AGENT: "" }, wrapper);
  const resume = (name: string) => start(["run", "--resume", name, "--no-report"], { NICBENCH_AGENT: "" });
  return { ...rest, run, resume, pids };
}

/** A run whose client works for a long time. */
async function longRun() {
  const bed = await scripts({ suite: SUITE.replace("100ms", "1000s") });
  const child = bed.run();
  await eventually(async () => (await bed.pids()).length === 3, "client, server and its child run");
  return { ...bed, child, started: await bed.pids() };
}

describe.skipIf(!existsSync(addonFile))("programs that are not ours (needs the addon)", () => {
  it("are started in order, stopped, and read", async () => {
    const { run, onlyRun, folder, pids } = await scripts();
    const { exitCode, stderr } = await run();
    expect(stderr).not.toContain("failed");
    expect(exitCode).toBe(0);
    const { manifest, trials, summary } = await onlyRun();
    const values = summary.points.map(({ params, metrics }) => [
      params["streams"],
      metrics["rate"]?.median,
      metrics["delay"]?.median,
    ]);
    expect(values).toEqual([
      [1, 6e9, 7000],
      [3, 2e9, 7000],
    ]);
    expect(manifest.metrics.map(({ name, unit, better }) => [name, unit, better])).toEqual([
      ["rate", "bit/s", "higher"],
      ["delay", "ns", "lower"],
    ]);
    expect(trials[0]?.notes).toEqual({
      "generator, until dut is ready": expect.stringMatching(/^waited .*s for dut$/) as string,
      "dut, until the end": expect.stringMatching(/^waited .*s for generator$/) as string,
    });
    const logs = join(folder, "results", manifest.run, "logs");
    expect(await readFile(join(logs, "here-generator.log"), "utf8")).toMatch(
      /Z sh client\.sh \d 0\.1\n--- stdout\nstreams \d, 0\.1 s\nRESULT-THROUGHPUT \d Gbps\n/,
    );
    expect(await readFile(join(logs, "here-dut.log"), "utf8")).toContain("EVENT server_ready\nRESULT 7\n");
    expect((await pids()).some(isRunning)).toBe(false);
  });

  it("go on with a run that was stopped", async () => {
    const { run, resume, onlyRun, folder } = await scripts();
    await run();
    const { run: name } = (await onlyRun()).manifest;
    const journal = join(folder, "results", name, "journal.ndjson");
    const [start = "", first = ""] = (await readFile(journal, "utf8")).split("\n");
    await writeFile(journal, `${start}\n${first}\n`);
    expect((await resume(name)).exitCode).toBe(0);
    const { trials } = await onlyRun();
    expect(new Set(trials.map(({ point }) => point)).size).toBe(2);
    expect(trials.map(failedOrDelay)).toEqual(trials.map(() => 7000));
  });

  it.each(["SIGINT", "SIGKILL"] as const)("leave nothing behind after %s to the run", async (signal) => {
    const { child, started } = await longRun();
    child.kill(signal);
    const { exitCode } = await child;
    if (signal === "SIGINT") expect(exitCode).toBe(130);
    await eventually(() => !started.some(isRunning), "all of them are gone");
  });

  it("fail the trial when one ends too early, badly, or without its result", async () => {
    const reason = async (files: Parameters<typeof scripts>[0]): Promise<string> => {
      const { run, onlyRun, pids } = await scripts({ suite: SUITE.replace("[1, 3]", "[1]"), ...files });
      expect((await run()).exitCode).toBe(1);
      expect((await pids()).some(isRunning)).toBe(false);
      return (await onlyRun()).trials[0]?.reason ?? "";
    };
    expect(await reason({ server: "echo EVENT server_ready\n", client: "sleep 1000\n" })).toMatch(
      /^PROGRAM_ENDED: The program of role 'dut' exited with code 0 before the trial was over/,
    );
    expect(await reason({ server: "echo no such device >&2; exit 5\n" })).toMatch(
      /^PROGRAM_ENDED: .*'dut' exited with code 5 before it was ready.*Its last words: no such device/,
    );
    expect(await reason({ client: "exit 4\n" })).toMatch(/^PROGRAM_FAILED: .*'generator' exited with code 4/);
    expect(await reason({ client: "echo RESULT-OTHER 5\n" })).toMatch(
      /^RESULT_MISSING: .*'rate': a line RESULT-THROUGHPUT/,
    );
  }, 60_000);

  it("are refused where testbed and suite do not fit, with the place", async () => {
    const refusal = async (testbed: string, suite = SUITE): Promise<string> => {
      const { run } = await scripts({ testbed, suite });
      const { exitCode, stderr } = await run("--dry-run");
      expect(exitCode).toBe(2);
      return stderr;
    };
    expect(await refusal(TESTBED.replace("${streams}", "${stream}"))).toContain(
      "bed.yaml:9:30: roles.generator.command.start[2]: ${stream} is no parameter of the suite; did you mean 'streams'? there are: streams, duration, warmup, seed",
    );
    expect(await refusal(TESTBED.replace("rate:", "rat:"))).toContain(
      "roles: no command has a result 'rate', which is a metric of the suite; did you mean 'rat'?",
    );
    expect(await refusal(TESTBED.replace("unit: us", "unit: Gbps"))).toContain(
      "roles.dut.command.results.delay.unit: 'Gbps' is no unit of the suite's metric 'delay', which is in ns",
    );
    const noCommand = TESTBED.replace("  dut:", "  other: { host: here, ports: [{ io: ring }] }\n  dut:");
    expect(await refusal(noCommand)).toContain(
      "roles.other: has no command, and experiment command runs programs only",
    );
    const conntrack =
      "nicbench: 1\nname: s\nexperiment: conntrack\nwith: { table: cuckoo }\ntraffic: { profile: uniform, flows: 1 }\n";
    expect(await refusal(TESTBED.replaceAll(/\$\{\w+\}/g, "1"), conntrack)).toContain(
      "roles.dut.command: cannot play this role in experiment conntrack",
    );
  }, 60_000);

  it("are missed before anything is measured", async () => {
    const { run } = await scripts({ testbed: TESTBED.replace("[sh, server.sh]", "no-such-program") });
    const { exitCode, stderr } = await run();
    expect(exitCode).toBe(2);
    expect(stderr).toContain("Host 'here' has no program 'no-such-program', which plays the role 'dut'.");
  });
});

/** The same two hosts as testbeds/netns.yaml, each with a script that says which process it is. */
const TWO_HOSTS = `
nicbench: 1
name: two-hosts
hosts: { gen: { kind: netns }, dut: { kind: netns } }
roles:
  generator:
    host: gen
    ports: [{ io: kernel, interface: veth0, address: 198.18.0.1/24 }]
    command: { start: [sh, client.sh, "1", "\${duration}"], directory: FOLDER, ends: itself, results: { rate: { npf: THROUGHPUT } } }
  dut:
    host: dut
    ports: [{ io: kernel, interface: veth0, address: 198.18.0.2/24 }]
    command:
      start: [sh, server.sh]
      directory: FOLDER
      ready: ^EVENT server_ready
      stop: { signal: SIGINT }
      results: { delay: { npf: "", unit: us } }
`;

/** A host that changed its state meanwhile makes a trial suspect, and has it run again. */
function failedOrDelay({ status, metrics }: TrialRecord): unknown {
  return status === "failed" ? status : metrics["delay"];
}

describe.skipIf(!hasNamespaces)("programs on two hosts (needs the addon, root, ip and sshd)", () => {
  it("are gone when the connection to their host breaks, and run again with the next one", async () => {
    const suite = SUITE.replace("[1, 3]", "[1]").replace("100ms", "2s");
    const bed = await scripts({ suite, testbed: TWO_HOSTS, wrapper: PRIVATE });
    const child = bed.run();
    await eventually(async () => (await bed.pids()).length === 3, "client, server and its child run");
    const started = await bed.pids();
    await cutConnection(started[0] ?? 0);
    await eventually(() => !started.slice(0, 2).some(isRunning), "the server and its child are gone");
    await child;
    const { trials } = await bed.onlyRun();
    const [broken, ...others] = trials.map(failedOrDelay);
    expect([broken, ...new Set(others)]).toEqual(["failed", 7000]);
    expect(trials[0]?.reason).toContain("the connection to 'dut' broke");
    expect(trials[1]?.metrics).toEqual({ rate: 6e9, delay: 7000 });
    expect((await bed.pids()).some(isRunning)).toBe(false);
  });
});

/** Kills the sshd sessions of the network namespace that the process is in. */
async function cutConnection(pid: number): Promise<void> {
  const { stdout } = execaSync("ip", ["netns", "identify", String(pid)]);
  for (const other of execaSync("ip", ["netns", "pids", stdout]).stdout.split("\n").map(Number)) {
    const command = await readFile(`/proc/${other}/cmdline`, "utf8").catch(() => "");
    if (/^sshd: root/.test(command)) process.kill(other, "SIGKILL");
  }
}
