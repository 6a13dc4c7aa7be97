/** What may happen to a host while it measures, on namespaces with real agents and an sshd each. */
import { execaSync } from "execa";
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { eventually, isRunning } from "../agent/agents.js";
import { hasNamespaces } from "./namespaces.js";
import { agentOf, nothingIsLeft, pidsIn, RING, running, startSshd, SUITE, twoHosts } from "./two_hosts.js";
import type { Run } from "../../src/results/reader.js";

const SLOW = SUITE.replace("200ms", "2s");

/** Every trial but the failed ones was kept, and the run went on after them to its end. */
function failuresOf({ trials, summary }: Run): readonly string[] {
  expect(summary.outcome).toBe("complete");
  expect(trials.at(-1)?.status).not.toBe("failed");
  const failed = trials.filter(({ status }) => status === "failed");
  expect(failed.length).toBeGreaterThan(0);
  return failed.map(({ reason = "" }) => reason);
}

describe.skipIf(!hasNamespaces)("a host in trouble (needs the addon, root, ip and sshd)", { timeout: 180_000 }, () => {
  it("whose agent is stopped costs the trial: the agent is killed, and another one goes on", async () => {
    const bed = await twoHosts(SLOW);
    const { child, slot, pids } = await running(bed, ["--grace", "8s"]);
    const stopped = agentOf(slot, "dut") ?? 0;
    process.kill(stopped, "SIGSTOP");
    const { exitCode } = await child;
    expect(exitCode).toBe(1);
    expect(failuresOf(await bed.onlyRun())[0]).toMatch(/^AGENT_TIMEOUT: The agent did not answer .* and was killed/);
    expect(isRunning(stopped)).toBe(false);
    await nothingIsLeft(slot, pids);
  });

  it("that is started anew costs the trial, and is used again when it is back", async () => {
    const bed = await twoHosts(SLOW);
    const { child, slot, pids } = await running(bed);
    let said = "";
    child.stderr?.on("data", (data: Buffer) => (said += data.toString()));
    await tearDown(child.pid ?? 0, slot);
    await eventually(() => said.includes("Trying again for 60 s"), "the host is waited for");
    rebuild(child.pid ?? 0, slot);
    const { exitCode } = await child;
    expect(exitCode).toBe(1);
    expect(failuresOf(await bed.onlyRun()).join("\n")).toContain("the connection to 'dut' broke");
    await nothingIsLeft(slot, pids);
  });
});

/** All programs of the DUT's host end, and then its links: the kernel removes them some time after the namespace. */
async function tearDown(orchestrator: number, slot: string): Promise<void> {
  const pids = pidsIn(slot, "dut");
  for (const pid of pids) process.kill(pid, "SIGKILL");
  await eventually(() => !pids.some(isRunning), "all programs have ended");
  execaSync("ip", ["netns", "delete", `nicbench${slot}-dut`]);
  const hasLink = (ip: Ip, name: string) => !ip(`link show ${name}`, { reject: false }).failed;
  const farEnds = [
    [inNamespaceOf(orchestrator), `nb${slot}m1`],
    [inNamespace(`nicbench${slot}-gen`), "veth0"],
  ] as const;
  await eventually(() => !farEnds.some(([ip, name]) => hasLink(ip, name)), "the links are removed");
}

/** The DUT's host as it was: its link to the orchestrator, that to the generator, and its sshd. */
function rebuild(orchestrator: number, slot: string): void {
  const [gen, dut] = ["gen", "dut"].map((host) => `nicbench${slot}-${host}`) as [string, string];
  const near = `nb${slot}m1`;
  const [here, inGen, inDut] = [inNamespaceOf(orchestrator), inNamespace(gen), inNamespace(dut)];
  execaSync("ip", ["netns", "add", dut]);
  here(`link add ${near} type veth peer name mgmt0 netns ${dut}`);
  here(`address add 198.19.${slot}.5/30 dev ${near}`);
  here(`link set ${near} up`);
  inDut("link set lo up");
  inDut(`address add 198.19.${slot}.6/30 dev mgmt0`);
  inDut("link set mgmt0 up");
  inGen(`link add veth0 type veth peer name veth0 netns ${dut}`);
  for (const ip of [inGen, inDut]) ip("link set veth0 addrgenmode none up");
  startSshd(slot, "dut");
}

/** `ip` with these words in some namespace. */
type Ip = (words: string, options?: { reject?: boolean }) => { failed: boolean };

function inNamespace(name: string): Ip {
  return (words, options) => execaSync("ip", ["-n", name, ...words.split(" ")], options);
}

function inNamespaceOf(pid: number): Ip {
  return (words, options) => execaSync("nsenter", [`--net=/proc/${pid}/ns/net`, "ip", ...words.split(" ")], options);
}

/** A memory cgroup of either version; undefined where there is none that we may make. */
function memoryGroup(bytes: number): string | undefined {
  const isV1 = existsSync("/sys/fs/cgroup/memory");
  const folder = join("/sys/fs/cgroup", isV1 ? "memory" : "", `nicbench-test-${process.pid}`);
  try {
    mkdirSync(folder);
    onTestFinished(() => eventually(() => isRemoved(folder), "the group is empty"));
    writeFileSync(join(folder, isV1 ? "memory.limit_in_bytes" : "memory.max"), String(bytes));
    return folder;
  } catch {
    return undefined;
  }
}

function isRemoved(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!hasNamespaces)(
  "an agent that is out of memory (needs the addon, root, ip, sshd and memory cgroups)",
  () => {
    it("costs the trial, with a hint at memory, and another one goes on", async ({ skip }) => {
      const group = memoryGroup(24 * 2 ** 20) ?? skip("there are no memory cgroups that this test may make");
      const bed = await twoHosts(RING.replace("cuckoo", "cuckoo], traffic.flows: [1Mi").replace("200ms", "2s"));
      const { child, slot, pids } = await running(bed, [], ["dut"]);
      writeFileSync(join(group, "cgroup.procs"), String(agentOf(slot, "dut")));
      expect((await child).exitCode).toBe(1);
      expect(failuresOf(await bed.onlyRun())[0]).toMatch(/was killed by SIGKILL.* Out of memory\? See dmesg\.$/);
      await nothingIsLeft(slot, pids);
    });
  },
);
