/** Two hosts on one machine: namespaces, sshd and agents are real, all inside a network namespace of the test's own. */
import { execaSync } from "execa";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { packageRoot } from "../../src/package.js";
import { isConserved } from "../../src/results/summary.js";
import { eventually, isRunning } from "../agent/agents.js";
import { hasNamespaces, PRIVATE } from "./namespaces.js";
import { program, type Program } from "./nicbench.js";

const SUITE = `
nicbench: 1
name: two-hosts
title: Two hosts
experiment: forwarding
matrix: { traffic.rate: [20kpps] }
trial: { warmup: 20ms, duration: 200ms }
repeat: { min: 2, max: 2 }
`;
const LONG = SUITE.replace("200ms", "20s");

async function twoHosts(suite: string): Promise<Program> {
  const { start, ...rest } = await program(suite);
  const testbed = join(packageRoot, "testbeds/netns.yaml");
  return {
    ...rest,
    start: (args) =>
      start(["run", "suite.yaml", "--no-report", "--testbed", testbed, ...args], { NICBENCH_AGENT: "" }, PRIVATE),
  };
}

/** What runs made by the process `owner` have on this machine. */
function slotOf(owner: number): string | undefined {
  return listed("/run/nicbench").find((slot) => {
    const file = join("/run/nicbench", slot, "owner.json");
    return existsSync(file) && JSON.parse(readFileSync(file, "utf8")).pid === owner;
  });
}

function namespacesOf(slot: string): readonly string[] {
  return listed("/run/netns").filter((name) => name.startsWith(`nicbench${slot}-`));
}

function listed(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** Programs in a namespace of the slot. */
function pidsIn(slot: string, host: string): readonly number[] {
  const { stdout } = execaSync("ip", ["netns", "pids", `nicbench${slot}-${host}`], { reject: false });
  return stdout.split("\n").filter(Boolean).map(Number);
}

function agentOf(slot: string, host: string): number | undefined {
  return pidsIn(slot, host).find((pid) => commandOf(pid).includes("agent.mjs"));
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

/** A run whose first trial is under way. */
async function running({ start, onlyRun }: Program, args: readonly string[] = []) {
  const child = start(args);
  const pid = child.pid ?? 0;
  await eventually(() => slotOf(pid) !== undefined, "namespaces are claimed");
  const slot = slotOf(pid) ?? "";
  await eventually(
    () => agentOf(slot, "gen") !== undefined && agentOf(slot, "dut") !== undefined,
    "both agents are up",
  );
  await eventually(async () => (await onlyRun().catch(() => undefined)) !== undefined, "the run has begun");
  const pids = [...pidsIn(slot, "gen"), ...pidsIn(slot, "dut")];
  onTestFinished(() => pids.filter(isRunning).forEach((each) => process.kill(each, "SIGKILL")));
  return { child, slot, pids };
}

/** The server and its sessions. */
function killSshd(slot: string, host: string): void {
  for (const pid of pidsIn(slot, host).filter((each) => commandOf(each).startsWith("sshd: ")))
    process.kill(pid, "SIGKILL");
}

/** The same server again, as it was started for the run. */
function startSshd(slot: string, host: string): void {
  const configuration = `/run/nicbench/${slot}/nicbench${slot}-${host}.sshd_config`;
  const command = ["netns", "exec", `nicbench${slot}-${host}`, "/usr/sbin/sshd", "-f", configuration];
  execaSync("ip", command);
}

async function nothingIsLeft(slot: string, pids: readonly number[]): Promise<void> {
  await eventually(() => !pids.some(isRunning), "all programs have ended");
  expect(namespacesOf(slot)).toEqual([]);
  expect(existsSync(join("/run/nicbench", slot, "owner.json"))).toBe(false);
}

describe.skipIf(!hasNamespaces)("network namespaces as hosts (needs the addon, root, ip and sshd)", () => {
  it("account for every frame, and are gone after the run", async () => {
    const bed = await twoHosts(SUITE);
    const child = bed.start([]);
    await eventually(() => slotOf(child.pid ?? 0) !== undefined, "namespaces are claimed");
    const slot = slotOf(child.pid ?? 0) ?? "";
    const { exitCode, stderr } = await child;
    expect(stderr).not.toContain("failed");
    expect(exitCode).toBe(0);
    const { trials, manifest } = await bed.onlyRun();
    expect(Object.keys(manifest.hosts)).toEqual(["gen", "dut"]);
    const kept = trials.filter(({ status }) => status !== "failed");
    expect(kept.length).toBeGreaterThanOrEqual(2);
    for (const { frames, notes, metrics } of kept) {
      expect(frames === undefined ? false : isConserved(frames)).toBe(true);
      expect(notes?.["DUT's end"]).toContain("veth0");
      expect(metrics["forwarding_rate"]).toBeGreaterThan(0);
    }
    await nothingIsLeft(slot, []);
  });

  it("leave nothing behind after Ctrl-C", async () => {
    const { child, slot, pids } = await running(await twoHosts(LONG));
    child.kill("SIGINT");
    expect((await child).exitCode).toBe(130);
    await nothingIsLeft(slot, pids);
  });

  it("lose their agents with a killed run, and are removed by the next one", async () => {
    const { child, slot, pids } = await running(await twoHosts(LONG));
    const agents = [agentOf(slot, "gen"), agentOf(slot, "dut")].map((pid) => pid ?? 0);
    child.kill("SIGKILL");
    await child;
    await eventually(() => !agents.some(isRunning), "the agents have ended by themselves");
    expect(namespacesOf(slot)).toHaveLength(2);
    const { exitCode } = await (await twoHosts(SUITE)).start([]);
    expect(exitCode).toBe(0);
    await nothingIsLeft(slot, pids);
  });

  it("fail the trial when an agent is killed, and go on with a new one", async () => {
    const bed = await twoHosts(SUITE.replace("200ms", "2s"));
    const { child, slot, pids } = await running(bed);
    process.kill(agentOf(slot, "dut") ?? 0, "SIGKILL");
    await child;
    const { trials, summary } = await bed.onlyRun();
    expect(trials.filter(({ status }) => status === "failed").map(({ flags }) => flags)).toContainEqual(["agent-died"]);
    expect(trials.find(({ status }) => status === "failed")?.reason).toContain("was killed by SIGKILL");
    expect(summary.outcome).toBe("complete");
    expect(trials.at(-1)?.status).not.toBe("failed");
    await nothingIsLeft(slot, pids);
  });

  it("fail the trial when a connection is cut, and connect again", async () => {
    const bed = await twoHosts(SUITE.replace("200ms", "2s"));
    const { child, slot, pids } = await running(bed);
    const session = pidsIn(slot, "dut").filter((pid) => /^sshd: root/.test(commandOf(pid)));
    expect(session.length).toBeGreaterThan(0);
    for (const pid of session) process.kill(pid, "SIGKILL");
    await child;
    const { trials, summary } = await bed.onlyRun();
    const failed = trials.filter(({ status }) => status === "failed");
    expect(failed.map(({ reason }) => reason)).toContainEqual(expect.stringContaining("the connection to 'dut' broke"));
    expect(summary.outcome).toBe("complete");
    expect(trials.at(-1)?.status).not.toBe("failed");
    await nothingIsLeft(slot, pids);
  });

  it("keep what was measured when a host's sshd is gone for good", async () => {
    const bed = await twoHosts(SUITE.replace("200ms", "2s"));
    const { child, slot, pids } = await running(bed, ["--reconnect", "1s"]);
    await eventually(async () => (await bed.onlyRun()).trials.length > 0, "a trial is over");
    killSshd(slot, "dut");
    const { exitCode, stderr } = await child;
    expect(stderr).toContain("refuses the connection. Trying again for 1 s.");
    expect(exitCode).toBe(1);
    const { trials } = await bed.onlyRun();
    expect(trials[0]?.status).not.toBe("failed");
    expect(trials.at(-1)?.reason).toContain("refuses the connection");
    await nothingIsLeft(slot, pids);
  });

  it("go on when the network is back before the connection is given up", async () => {
    const bed = await twoHosts(SUITE.replace("200ms", "4s"));
    const { child, slot, pids } = await running(bed);
    const link = (state: "up" | "down") =>
      execaSync("ip", ["-n", `nicbench${slot}-dut`, "link", "set", "mgmt0", state]);
    link("down");
    await pause(2000);
    link("up");
    const { stderr } = await child;
    expect(stderr).not.toContain("failed");
    const { trials, summary } = await bed.onlyRun();
    expect(summary.outcome).toBe("complete");
    expect(trials.map(({ status }) => status)).not.toContain("failed");
    await nothingIsLeft(slot, pids);
  });

  it("fail the trial when sshd is killed, wait for it to be there again, and go on", async () => {
    const bed = await twoHosts(SUITE.replace("200ms", "2s"));
    const { child, slot, pids } = await running(bed);
    let said = "";
    child.stderr?.on("data", (data: Buffer) => (said += data.toString()));
    killSshd(slot, "dut");
    await eventually(() => said.includes("Trying again for 60 s"), "the host is waited for");
    startSshd(slot, "dut");
    expect((await child).exitCode).toBe(1);
    const { trials, summary } = await bed.onlyRun();
    expect(summary.outcome).toBe("complete");
    const failed = trials.filter(({ status }) => status === "failed");
    expect(failed.map(({ flags }) => flags)).toEqual([["agent-died"]]);
    expect(failed[0]?.reason).toContain("the connection to 'dut' broke");
    await nothingIsLeft(slot, pids);
  });

  it("are waited for no longer after Ctrl-C", async () => {
    const bed = await twoHosts(SUITE.replace("200ms", "2s"));
    const { child, slot, pids } = await running(bed);
    let said = "";
    child.stderr?.on("data", (data: Buffer) => (said += data.toString()));
    killSshd(slot, "dut");
    await eventually(() => said.includes("Trying again"), "the host is waited for");
    child.kill("SIGINT");
    expect((await child).exitCode).toBe(130);
    await nothingIsLeft(slot, pids);
  });
});
