/** Two hosts on one machine: namespaces, sshd and agents are real, all inside a network namespace of the test's own. */
import { execaSync } from "execa";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { eventually, isRunning } from "../agent/agents.js";
import { hasNamespaces } from "./namespaces.js";
import { expectFramesAccountedFor } from "./nicbench.js";
import {
  agentOf,
  commandOf,
  killSshd,
  LONG,
  namespacesOf,
  nothingIsLeft,
  pidsIn,
  RING,
  running,
  slotOf,
  startSshd,
  SUITE,
  twoHosts,
} from "./two_hosts.js";

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
    expectFramesAccountedFor(kept);
    for (const { notes, metrics } of kept) {
      expect(notes?.["DUT's end"]).toContain("veth0");
      expect(metrics["forwarding_rate"]).toBeGreaterThan(0);
    }
    await nothingIsLeft(slot, []);
  });

  it("run an experiment of one process whole on the DUT's host", async () => {
    const bed = await twoHosts(RING);
    const { stdout, exitCode } = await bed.start([]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("both run in one process on host 'dut'");
    const { trials, manifest } = await bed.onlyRun();
    expect(Object.keys(manifest.hosts)).toEqual(["dut"]);
    expect(trials.map(({ status }) => status)).not.toContain("failed");
    expect(trials[0]?.metrics["forwarding_rate"]).toBeGreaterThan(0);
  });

  it("are looked at before and after the run, and what has changed is told", async () => {
    const bed = await twoHosts(SUITE.replace("200ms", "2s"));
    const { child, slot, pids } = await running(bed);
    execaSync("ip", ["-n", `nicbench${slot}-dut`, "link", "set", "veth0", "mtu", "9000"]);
    const { stdout } = await child;
    const told = "Since the run began, something changed: ports.veth0.mtu of dut was 1500, is 9000.";
    expect(stdout).toContain(`Note:    ${told}`);
    const { manifest, summary } = await bed.onlyRun();
    expect(manifest.conditions?.["dut"]).toMatchObject({ "ports.veth0.mtu": "1500", "ports.veth0.link": "up" });
    expect(summary.changes).toEqual([{ host: "dut", name: "ports.veth0.mtu", before: "1500", after: "9000" }]);
    await nothingIsLeft(slot, pids);
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

  it.each([
    ["link is down", "link set mgmt0 down", "link set mgmt0 up"],
    ["packets are dropped", "route add blackhole 198.19.SLOT.5", "route delete blackhole 198.19.SLOT.5"],
  ])("go on when the network is back before the connection is given up: its %s", async (_name, cut, mend) => {
    const bed = await twoHosts(SUITE.replace("200ms", "4s"));
    const { child, slot, pids } = await running(bed);
    const ip = (line: string) =>
      execaSync("ip", ["-n", `nicbench${slot}-dut`, ...line.replace("SLOT", slot).split(" ")]);
    ip(cut);
    await pause(2000);
    ip(mend);
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
