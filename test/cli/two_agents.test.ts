/** Generator and DUT as two real agents on a veth pair, inside a network namespace of the test's own. */
import { execaSync } from "execa";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { addonFile, loadAddon } from "../../src/native/addon.js";
import { mapValues } from "../../src/map_values.js";
import { packageRoot } from "../../src/package.js";
import { childrenOf, eventually, isRunning } from "../agent/agents.js";
import { expectFramesAccountedFor, program, type Program } from "./nicbench.js";

const SUITE = `
nicbench: 1
name: two-agents
title: Two agents
experiment: forwarding
matrix: { traffic.rate: [max, 20kpps] }
trial: { warmup: 20ms, duration: 200ms }
repeat: { min: 2 }
`;

const TESTBED = `
nicbench: 1
name: veth
hosts: { one: { kind: local }, two: { kind: local } }
roles:
  generator: { host: one, ports: [{ io: af_packet-v2, interface: nb0 }] }
  dut: { host: two, ports: [{ io: af_packet-v2, interface: nb1 }] }
`;

const PAIR = "ip link add nb0 type veth peer name nb1 && ip link set nb0 up && ip link set nb1 up";

const possible =
  existsSync(addonFile) && execaSync("unshare", ["--net", "sh", "-c", PAIR], { reject: false }).exitCode === 0;

const wires = possible ? loadAddon().info().wires : [];
const has = (wire: string): boolean => wires.some(({ name, lacks }) => name === wire && lacks === undefined);

async function twoAgents(suite: string = SUITE, testbed: string = TESTBED, pair: string = PAIR): Promise<Program> {
  const { start, folder, ...rest } = await program(suite);
  await writeFile(join(folder, "veth.yaml"), testbed);
  const wrapper = ["unshare", "--net", "sh", "-c", `${pair} && exec "$0" "$@"`];
  return {
    ...rest,
    folder,
    start: (args) => start([...args, "--testbed", "veth.yaml"], { NICBENCH_AGENT: "" }, wrapper),
  };
}

/** Runs the suite: no trial fails, each accounts for its frames and names its ends by these words. @returns the trials */
async function trialsBetween(ends: Readonly<Record<string, string>>, { start, onlyRun }: Program) {
  const { exitCode, stderr } = await start(["run", "suite.yaml", "--no-report"]);
  expect(exitCode, stderr).toBe(0);
  const { trials } = await onlyRun();
  expectFramesAccountedFor(trials);
  for (const { notes } of trials) {
    expect(notes).toMatchObject(mapValues(ends, (words) => expect.stringContaining(words) as string));
  }
  return trials;
}

/** Kills the DUT's agent in a trial: that one fails, and a new agent measures the others. */
async function expectToSurviveADeath({ start, onlyRun }: Program): Promise<void> {
  const child = start(["run", "suite.yaml", "--no-report"]);
  await eventually(async () => (await onlyRun().catch(() => undefined))?.trials.length === 1, "a trial is over");
  const agents = childrenOf(child.pid ?? 0);
  expect(agents).toHaveLength(2);
  process.kill(Math.max(...agents), "SIGKILL");
  await child;
  const { trials, summary } = await onlyRun();
  expect(trials.filter(({ status }) => status === "failed").map(({ flags }) => flags)).toContainEqual(["agent-died"]);
  expect(summary.outcome).toBe("complete");
  expect(trials.at(-1)?.status).not.toBe("failed");
}

describe.skipIf(!possible)("two agents (needs the addon, root and ip)", () => {
  it("account for every frame, at full load and at a rate", async () => {
    const trials = await trialsBetween({ "DUT's end": "nb1", "generator's end": "nb0" }, await twoAgents());
    expect(trials.length).toBeGreaterThanOrEqual(4);
    for (const { metrics } of trials) expect(metrics["forwarding_rate"]).toBeGreaterThan(0);
  });

  it.skipIf(!has("dpdk"))("are two DPDK processes on memif (needs DPDK)", async () => {
    const memif = await readFile(join(packageRoot, "testbeds/memif.yaml"), "utf8");
    const testbed = memif.replaceAll("nicbench-memif", `test-${process.pid}`);
    await trialsBetween({ "DUT's end": "role=server" }, await twoAgents(SUITE, testbed));
  });

  it("are two processes joined by shared memory, of which one may die", async () => {
    const memory = await readFile(join(packageRoot, "testbeds/shared_memory.yaml"), "utf8");
    const testbed = memory.replaceAll("nicbench-shared-memory", `memory-${process.pid}`);
    await trialsBetween(
      { "DUT's end": "memif, client", "generator's end": "memif, server" },
      await twoAgents(SUITE, testbed),
    );
    await expectToSurviveADeath(await twoAgents(SUITE.replace("200ms", "1s"), testbed));
  });

  it.skipIf(!has("af_xdp"))("have as many queues at both ends as the testbed says (needs AF_XDP)", async () => {
    const queues = "numtxqueues 2 numrxqueues 2";
    const pair = PAIR.replace("nb0 type", `nb0 ${queues} type`).replace("name nb1", `name nb1 ${queues}`);
    const testbed = TESTBED.replaceAll("af_packet-v2", "af_xdp").replaceAll(/interface: nb./g, "$&, queues: 2");
    const suite = SUITE.replace("matrix:", "with: { oversubscribe: true }\nmatrix:").replace(
      "min: 2",
      "min: 1, max: 1",
    );
    const ends = { "DUT's end": "nb1, 2 queues", "generator's end": "nb0, 2 queues" };
    await trialsBetween(ends, await twoAgents(suite, testbed, pair));
  });

  it("fail the trial when the DUT's agent dies, and go on with a new one", async () => {
    await expectToSurviveADeath(await twoAgents(SUITE.replace("200ms", "1s")));
  });

  it("leave nothing behind after Ctrl-C", async () => {
    const { start, onlyRun } = await twoAgents(SUITE.replace("200ms", "20s"));
    const child = start(["run", "suite.yaml", "--no-report"]);
    await eventually(() => childrenOf(child.pid ?? 0).length === 2, "both agents are up");
    const agents = childrenOf(child.pid ?? 0);
    await eventually(async () => (await onlyRun().catch(() => undefined)) !== undefined, "the run has begun");
    child.kill("SIGINT");
    const { exitCode } = await child;
    expect(exitCode).toBe(130);
    await eventually(() => !agents.some(isRunning), "the agents are gone");
  });

  it("say that no frame comes back where the ports are not joined", async () => {
    const suite = SUITE.replace("[max, 20kpps]", "[max]").replace("min: 2", "min: 1");
    const { start, onlyRun } = await twoAgents(suite, TESTBED.replace("interface: nb1", "interface: lo"));
    const { exitCode } = await start(["run", "suite.yaml", "--no-report"]);
    expect(exitCode).not.toBe(0);
    const { trials } = await onlyRun();
    expect(trials[0]).toMatchObject({ status: "failed" });
    expect(trials[0]?.reason).toMatch(/^(NO_FRAMES|LINK_DOWN|WIRE|INTERFACE)/);
  });
});
