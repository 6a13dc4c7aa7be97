/** Programs that are not ours, through the real program and real agents: scripts, iperf3, testpmd. */
import { execaSync } from "execa";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { addonFile } from "../../src/native/addon.js";
import { packageRoot } from "../../src/package.js";
import { isConserved } from "../../src/results/summary.js";
import { eventually, isRunning } from "../agent/agents.js";
import { hasSshd } from "../testbed/ssh/server.js";
import { program, type Program } from "./nicbench.js";

const SUITE = `
nicbench: 1
name: scripts
title: Scripts of NPF
experiment: command
with:
  metrics:
    throughput: { unit: bit/s, better: higher }
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
      results: { throughput: { npf: THROUGHPUT } }
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
  files: { suite?: string; testbed?: string; client?: string; server?: string } = {},
): Promise<Scripts> {
  const { suite = SUITE, testbed = TESTBED, client = CLIENT, server = SERVER } = files;
  const { start, ...rest } = await program(suite);
  const { folder } = rest;
  await writeFile(join(folder, "bed.yaml"), testbed);
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
    start(["run", "suite.yaml", "--testbed", "bed.yaml", "--no-report", ...args], { NICBENCH_AGENT: "" });
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
      metrics["throughput"]?.median,
      metrics["delay"]?.median,
    ]);
    expect(values).toEqual([
      [1, 6e9, 7000],
      [3, 2e9, 7000],
    ]);
    expect(manifest.metrics.map(({ name, unit, better }) => [name, unit, better])).toEqual([
      ["throughput", "bit/s", "higher"],
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
    expect((await onlyRun()).trials.map(({ status, metrics }) => [status, metrics["delay"]])).toEqual([
      ["ok", 7000],
      ["ok", 7000],
    ]);
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
      /^RESULT_MISSING: .*'throughput': a line RESULT-THROUGHPUT/,
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
    expect(await refusal(TESTBED.replace("throughput:", "thruput:"))).toContain(
      "roles: no command has a result 'throughput', which is a metric of the suite; did you mean 'thruput'?",
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

const has = (name: string): boolean => execaSync("sh", ["-c", `command -v ${name}`], { reject: false }).exitCode === 0;
const PRIVATE = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$0" "$@"'];
const namespaces =
  hasSshd && existsSync(addonFile) && execaSync("unshare", ["--net", "ip", "link"], { reject: false }).exitCode === 0;

/** A suite that ships, on the testbed that ships with it, as briefly as it goes. */
async function shipped(suite: string, testbed: string, set: readonly string[], wrapper: readonly string[] = []) {
  const { start, onlyRun } = await program();
  const short = [...set, "repeat.min=1", "repeat.max=1"].flatMap((text) => ["--set", text]);
  const files = [join(packageRoot, "suites/programs", suite), "--testbed", join(packageRoot, "testbeds", testbed)];
  const { stderr } = await start(
    ["run", ...files, "--tag", "small", "--no-report", ...short],
    { NICBENCH_AGENT: "" },
    wrapper,
  );
  expect(stderr).not.toContain("failed");
  return onlyRun();
}

describe("examples of external programs", () => {
  it.skipIf(!namespaces || !has("iperf3"))("iperf3 between two namespaces (needs root, sshd, iperf3)", async () => {
    const { trials } = await shipped("iperf3.yaml", "iperf3.yaml", ["length=128KiB", "trial.duration=1s"], PRIVATE);
    expect(trials.map(({ status }) => status)).toEqual(["ok"]);
    const { throughput = 0, client_cpu: client = 0, server_cpu: server = 0, retransmits } = trials[0]?.metrics ?? {};
    expect(throughput).toBeGreaterThan(1e6);
    expect(client).toBeGreaterThan(0);
    expect(server).toBeGreaterThan(0);
    expect(retransmits).toBeGreaterThanOrEqual(0);
  });

  it.skipIf(!existsSync(addonFile) || !has("dpdk-testpmd"))("testpmd on null devices (needs dpdk)", async () => {
    const { trials } = await shipped("testpmd.yaml", "testpmd.yaml", ["mode=macswap"]);
    expect(trials.map(({ status }) => status)).toEqual(["ok"]);
    const { rx_rate: received = 0, tx_rate: sent = 0, dropped } = trials[0]?.metrics ?? {};
    expect(received).toBeGreaterThan(1000);
    expect(sent).toBeGreaterThan(1000);
    expect(dropped).toBe(0);
  });

  it.skipIf(!namespaces || !has("dpdk-testpmd"))("testpmd under our generator (needs root, sshd, dpdk)", async () => {
    const run = await shipped("testpmd-forwarding.yaml", "testpmd-veth.yaml", ["traffic.rate=5kpps"], PRIVATE);
    const [trial] = run.trials;
    expect(trial?.metrics["forwarding_rate"]).toBeGreaterThan(0);
    expect(trial?.frames === undefined ? false : isConserved(trial.frames)).toBe(true);
    expect(trial?.flags).not.toContain("bad-frames");
    expect(trial?.notes).toMatchObject({ "DUT's end": "dpdk-testpmd" });
  });
});
