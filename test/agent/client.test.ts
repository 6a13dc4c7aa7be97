import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { greetAgent, type AgentClient } from "../../src/agent/client.js";
import { PROTOCOL_VERSION, type ConntrackTrialConfig } from "../../src/agent/protocol.js";
import { spawnLocal } from "../../src/testbed/local_process.js";
import {
  BAD_AGENT,
  childrenOf,
  eventually,
  isRunning,
  SIMULATED_AGENT,
  temporaryFolder,
  withEnvironment,
} from "./agents.js";
import { TRACKER } from "./tracker.js";

const TRIAL: ConntrackTrialConfig = {
  table: "cuckoo",
  sharing: "sharded",
  capacity: 1024,
  tracker: TRACKER,
  traffic: { profile: "uniform", flows: 512, frameSize: 64, rate: "max", seed: 1 },
  warmupSeconds: 0,
  durationSeconds: 0.1,
  probeEvery: 64,
  ringSize: 1024,
  generatorCpu: -1,
  dutCpus: [-1],
  symmetricRss: true,
  retaEntries: 512,
  seriesIntervalSeconds: 0,
};

async function start(program: string): Promise<{ client: AgentClient; logFile: string }> {
  const logFile = join(await temporaryFolder(), "logs", "here-agent.log");
  const client = await greetAgent(spawnLocal([program]), { logFile, logName: "logs/here-agent.log" });
  return { client, logFile };
}

async function startBad(mode: string, helloTimeoutSeconds = 20): Promise<unknown> {
  withEnvironment({ BAD_AGENT: mode });
  const logFile = join(await temporaryFolder(), "agent.log");
  return greetAgent(spawnLocal([BAD_AGENT]), { logFile, helloTimeoutSeconds });
}

describe("a good agent", () => {
  it("answers requests, several at once, until it is closed", async () => {
    const { client } = await start(SIMULATED_AGENT);
    const [trial, capture] = await Promise.all([
      client.call("conntrack.run", TRIAL, 10),
      client.call("pcap.inspect", { file: "/some.pcap" }, 10),
    ]);
    expect(trial.frames.sent).toBeGreaterThan(trial.frames.received);
    expect(capture.file).toBe("/some.pcap");
    await client.close();
    expect(client.alive()).toBe(false);
    expect(isRunning(client.pid!)).toBe(false);
  });

  it("can be stopped in a trial, and goes on after that", async () => {
    withEnvironment({ SIMULATED_TRIAL_MS: "100000" });
    const { client } = await start(SIMULATED_AGENT);
    const trial = client.call("conntrack.run", TRIAL, 200);
    const failure = expect(trial).rejects.toMatchObject({ code: "STOPPED" });
    await eventually(async () => (await client.call("trial.stop", {}, 10)).stopped, "the trial is stopped");
    await failure;
    expect(client.alive()).toBe(true);
    await client.close();
  });

  it("that dies in a trial fails that request with the signal and the log's name", async () => {
    const { client } = await start(SIMULATED_AGENT);
    const message = "The agent was killed by SIGSEGV; its log: logs/here-agent.log.";
    await expect(client.call("conntrack.run", { ...TRIAL, fault: "crash" }, 20)).rejects.toMatchObject({
      code: "AGENT_DIED",
      message,
    });
    expect(client.alive()).toBe(false);
    await expect(client.call("trial.stop", {}, 20)).rejects.toMatchObject({ message });
  });

  it("that hangs is killed when its time is up", async () => {
    const { client } = await start(SIMULATED_AGENT);
    await expect(client.call("conntrack.run", { ...TRIAL, fault: "hang" }, 0.3)).rejects.toMatchObject({
      code: "AGENT_TIMEOUT",
      message: "The agent did not answer conntrack.run within 0.3 s and was killed; its log: logs/here-agent.log.",
    });
    await eventually(() => !isRunning(client.pid!), "the agent is gone");
  });
});

describe("a bad agent", () => {
  it("that prints garbage is refused with what it printed", async () => {
    await expect(startBad("garbage")).rejects.toMatchObject({
      code: "AGENT_GARBAGE",
      message: expect.stringContaining("Segmentation fault (core dumped)"),
    });
  });

  it("that says nothing is given up after a while", async () => {
    await expect(startBad("silent", 0.5)).rejects.toMatchObject({ code: "AGENT_TIMEOUT" });
  });

  it("that prints half a message is refused with that half", async () => {
    await expect(startBad("half")).rejects.toMatchObject({
      code: "AGENT_GARBAGE",
      message: expect.stringContaining('\\"resu'),
    });
  });

  it("that pours out an endless line is cut off before memory is full", async () => {
    await expect(startBad("flood")).rejects.toMatchObject({ code: "AGENT_GARBAGE" });
    expect(process.memoryUsage().rss).toBeLessThan(1024 ** 3);
  });

  it("that exits is refused with its exit code and last words", async () => {
    await expect(startBad("exit")).rejects.toMatchObject({
      code: "AGENT_DIED",
      message: expect.stringContaining("exited with code 3"),
      hint: expect.stringContaining("no such device: eth7"),
    });
  });

  it("that is killed by SIGKILL makes us think of memory", async () => {
    await expect(startBad("sigkill")).rejects.toMatchObject({
      message: expect.stringContaining("was killed by SIGKILL"),
      hint: expect.stringContaining("Out of memory?"),
    });
  });

  it("that floods its log leaves a bounded log", async () => {
    withEnvironment({ BAD_AGENT: "chatty" });
    const logFile = join(await temporaryFolder(), "agent.log");
    const failed = greetAgent(spawnLocal([BAD_AGENT]), { logFile });
    await expect(failed).rejects.toMatchObject({ hint: expect.stringContaining("the last complaint") });
    expect(statSync(logFile).size).toBeLessThan(20 * 1024 ** 2);
    expect(readFileSync(logFile, "utf8")).toContain("the log is cut here");
  });

  it("of another protocol version is refused with both versions", async () => {
    await expect(startBad("protocol")).rejects.toMatchObject({
      code: "AGENT_PROTOCOL",
      message: `The agent speaks protocol 99, this program ${PROTOCOL_VERSION}.`,
      hint: expect.stringContaining("the folder that the testbed names as install"),
    });
  });

  it("whose answer has the wrong shape is refused with the field", async () => {
    await expect(startBad("shape")).rejects.toMatchObject({
      code: "AGENT_GARBAGE",
      message: expect.stringContaining("version"),
    });
  });

  it("that does not exist is refused with its name", async () => {
    const logFile = join(await temporaryFolder(), "agent.log");
    await expect(greetAgent(spawnLocal(["/nonexistent/agent"]), { logFile })).rejects.toMatchObject({
      code: "AGENT_DIED",
      message: expect.stringContaining("could not be started: "),
    });
  });

  it("that ignores everything is killed on close, with the children that it started", async () => {
    withEnvironment({ BAD_AGENT: "stubborn" });
    const { client } = await start(BAD_AGENT);
    const { pid } = client;
    const children = childrenOf(pid!);
    expect(children.filter(isRunning)).toHaveLength(1);
    await client.close();
    expect(isRunning(pid!)).toBe(false);
    await eventually(() => !children.some(isRunning), "what is killed has died");
  });
});
