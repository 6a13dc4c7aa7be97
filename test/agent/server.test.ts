import { PROTOCOL_VERSION } from "../../src/agent/protocol.js";
import { execa } from "execa";
import { PassThrough } from "node:stream";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { hostMethods, type Methods } from "../../src/agent/methods.js";
import { serveAgent } from "../../src/agent/server.js";
import { eventually, NICBENCH } from "./agents.js";
import type { NativeAddon } from "../../src/native/addon.js";
import { TRACKER } from "./tracker.js";

const HELLO = `{"jsonrpc":"2.0","id":1,"method":"hello","params":{"protocol":${PROTOCOL_VERSION}}}\n`;

/** An addon whose trial lasts until it is stopped; `stuck` does not stop even then. */
function endlessAddon(stuck = false): NativeAddon & { readonly isRunning: () => boolean } {
  let stop: (() => void) | undefined;
  return {
    isRunning: () => stop !== undefined,
    info: () => ({
      compiler: "none",
      flags: "",
      buildType: "Test",
      tscHz: 1,
      tables: [],
      sharing: [],
      peers: [],
      missingPeers: [],
      profiles: [],
      wires: [],
    }),
    startConntrackTrial: () =>
      new Promise((_, reject) => {
        stop = () => reject(Object.assign(new Error("The trial was stopped."), { code: "STOPPED", hint: "none" }));
      }),
    startGatewayTrial: () => Promise.reject(new Error("not in this test")),
    startForwardingTrial: () => Promise.reject(new Error("not in this test")),
    startRulesTrial: () => Promise.reject(new Error("not in this test")),
    startRuleRateTrial: () => Promise.reject(new Error("not in this test")),
    RuleTable: undefined as never,
    flowsToMatch: () => Promise.reject(new Error("not in this test")),
    prepareGenerator: () => Promise.reject(new Error("not in this test")),
    runGenerator: () => Promise.reject(new Error("not in this test")),
    releaseGenerator: () => Promise.reject(new Error("not in this test")),
    startForwarder: () => Promise.reject(new Error("not in this test")),
    forwarderCounts: () => {
      throw new Error("not in this test");
    },
    stopForwarder: () => undefined,
    openNicRules: () => Promise.reject(new Error("not in this test")),
    changeNicRules: () => Promise.reject(new Error("not in this test")),
    listNicRules: () => Promise.reject(new Error("not in this test")),
    forwardByNicRules: () => Promise.reject(new Error("not in this test")),
    receiveByNicRules: () => Promise.reject(new Error("not in this test")),
    closeNicRules: () => Promise.reject(new Error("not in this test")),
    dpdkVersion: () => "",
    startGeneratorTrial: () => Promise.reject(new Error("not in this test")),
    openXdp: () => {
      throw new Error("not in this test");
    },
    xdpVersion: () => {
      throw new Error("not in this test");
    },
    startTableTrial: () => Promise.reject(new Error("not in this test")),
    readCalibration: () => Promise.reject(new Error("not in this test")),
    measureLimits: () => Promise.reject(new Error("not in this test")),
    stopTrial: () => {
      const running = stop !== undefined;
      if (!stuck) stop?.();
      if (!stuck) stop = undefined;
      return running;
    },
    inspectPcap: () =>
      Promise.reject(Object.assign(new Error("No such file."), { code: "PCAP_NOT_FOUND", hint: "look" })),
    summariseTraffic: () => Promise.reject(new TypeError("a bug")),
    generateTraffic: () => Promise.reject(new Error("not in this test")),
  };
}

/** A server on pipes of its own. */
function serve(methods: Methods, leaseSeconds = 60) {
  const input = new PassThrough();
  const output = new PassThrough();
  const log: string[] = [];
  const controller = new AbortController();
  const ended = serveAgent({
    input,
    output,
    methods,
    leaseSeconds,
    log: (line) => log.push(line),
    signal: controller.signal,
  });
  const lines = createInterface({ input: output })[Symbol.asyncIterator]();
  const answer = async (): Promise<Record<string, unknown>> => JSON.parse((await lines.next()).value as string);
  const send = (message: unknown): void => void input.write(`${JSON.stringify(message)}\n`);
  const ask = (method: string, params: unknown, id = 1): void => send({ jsonrpc: "2.0", id, method, params });
  return { input, log, controller, ended, answer, send, ask };
}

const TRIAL = {
  sharing: "sharded",
  table: "cuckoo",
  capacity: 1024,
  tracker: TRACKER,
  traffic: { profile: "uniform", flows: 512, rate: "max", seed: 1 },
  warmupSeconds: 0,
  durationSeconds: 1,
  probeEvery: 64,
  ringSize: 1024,
  generatorCpu: -1,
  dutCpus: [-1],
  symmetricRss: true,
  retaEntries: 512,
  seriesIntervalSeconds: 0,
};

describe("the agent's server", () => {
  it("says hello with what the host is and can", async () => {
    const { ask, answer, input, ended } = serve(hostMethods(() => endlessAddon()));
    ask("hello", { protocol: PROTOCOL_VERSION });
    const { result } = (await answer()) as {
      result: { pid: number; native: { available: boolean }; facts: { cpus: number } };
    };
    expect(result.pid).toBe(process.pid);
    expect(result.native.available).toBe(true);
    expect(result.facts.cpus).toBeGreaterThan(0);
    input.end();
    expect(await ended).toBe(true);
  });

  it("refuses another version of the protocol", async () => {
    const { ask, answer, input } = serve(hostMethods(() => endlessAddon()));
    ask("hello", { protocol: PROTOCOL_VERSION - 1 });
    const message = `This agent speaks protocol ${PROTOCOL_VERSION}, the orchestrator ${PROTOCOL_VERSION - 1}.`;
    expect(await answer()).toMatchObject({ error: { message, data: { code: "AGENT_PROTOCOL" } } });
    input.end();
  });

  it("answers unknown methods, wrong parameters and non-requests as JSON-RPC 2.0 says", async () => {
    const { ask, answer, send, input } = serve(hostMethods(() => endlessAddon()));
    ask("trial.strat", {}, 7);
    expect(await answer()).toMatchObject({ id: 7, error: { code: -32601 } });
    ask("conntrack.run", { ...TRIAL, capacity: "many" }, 8);
    expect(await answer()).toMatchObject({
      id: 8,
      error: { code: -32602, message: expect.stringContaining("capacity") },
    });
    send({ hello: "world" });
    expect(await answer()).toMatchObject({ id: null, error: { code: -32600 } });
    input.end();
  });

  it("passes the addon's errors on with code and hint, and marks bugs as such", async () => {
    const { ask, answer, input, log } = serve(hostMethods(() => endlessAddon()));
    ask("pcap.inspect", { file: "/none.pcap" });
    expect(await answer()).toMatchObject({
      error: { message: "No such file.", data: { code: "PCAP_NOT_FOUND", hint: "look" } },
    });
    ask("traffic.summarise", { traffic: TRIAL.traffic, frames: 10 });
    expect(await answer()).toMatchObject({ error: { code: -32603, data: { code: "INTERNAL" } } });
    expect(log.at(-1)).toContain("server.test.ts"); // the stack
    input.end();
  });

  it("runs one trial at a time", async () => {
    const { ask, answer, input } = serve(hostMethods(() => endlessAddon()));
    ask("conntrack.run", TRIAL, 1);
    ask("conntrack.run", TRIAL, 2);
    expect(await answer()).toMatchObject({ id: 2, error: { data: { code: "AGENT_BUSY" } } });
    ask("trial.stop", {}, 3);
    expect([await answer(), await answer()]).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ id: 3, result: { stopped: true } }),
        expect.objectContaining({
          id: 1,
          error: expect.objectContaining({ data: expect.objectContaining({ code: "STOPPED" }) }),
        }),
      ]),
    );
    input.end();
  });

  it("stops the trial and ends when its input closes", async () => {
    const addon = endlessAddon();
    const { ask, input, ended, log } = serve(hostMethods(() => addon));
    ask("conntrack.run", TRIAL);
    await eventually(addon.isRunning, "the trial runs");
    input.end();
    expect(await ended).toBe(true);
    expect(addon.isRunning()).toBe(false);
    expect(log).toContain("the agent ends: its orchestrator is gone");
  });

  it("does not start a trial that was stopped while it was being prepared", async () => {
    const addon = endlessAddon();
    const { ask, answer, input, ended } = serve(hostMethods(() => addon));
    ask("conntrack.run", TRIAL, 1);
    ask("trial.stop", {}, 2);
    expect(await answer()).toMatchObject({ id: 2, result: { stopped: true } });
    expect(await answer()).toMatchObject({ id: 1, error: { data: { code: "STOPPED" } } });
    expect(addon.isRunning()).toBe(false);
    input.end();
    expect(await ended).toBe(true);
  });

  it("stops the trial and ends when its lease runs out", async () => {
    const { ask, answer, ended, log } = serve(hostMethods(() => endlessAddon()));
    ask("conntrack.run", TRIAL, 1);
    ask("lease.renew", { seconds: 0.2 }, 2);
    expect(await answer()).toMatchObject({ id: 2, result: { expiresAt: expect.any(String) } });
    expect(await ended).toBe(true);
    expect(log).toContain("the agent ends: its lease ran out");
  });

  it("stops the trial and ends on a signal", async () => {
    const { ask, controller, ended, log } = serve(hostMethods(() => endlessAddon()));
    ask("conntrack.run", TRIAL, 1);
    controller.abort("SIGTERM");
    expect(await ended).toBe(true);
    expect(log).toContain("the agent ends: it got SIGTERM");
  });

  it("says so when a trial does not stop", async () => {
    const addon = endlessAddon(true);
    const { ask, input, ended } = serve(hostMethods(() => addon));
    ask("conntrack.run", TRIAL);
    await eventually(addon.isRunning, "the trial runs");
    input.end();
    expect(await ended).toBe(false);
  });

  it("still says hello without an addon, with the reason", async () => {
    const { ask, answer, input } = serve(
      hostMethods(() => {
        throw new TypeError("it does not load");
      }),
    );
    ask("hello", { protocol: PROTOCOL_VERSION });
    expect(await answer()).toMatchObject({ result: { native: { available: false, reason: "it does not load" } } });
    input.end();
  });
});

describe("nicbench agent", () => {
  it("answers on stdout, logs on stderr, and exits when its input closes", async () => {
    const { stdout, stderr, exitCode } = await execa(process.execPath, [NICBENCH, "agent"], {
      input: HELLO,
      reject: false,
    });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ id: 1, result: { protocol: PROTOCOL_VERSION } });
    expect(stderr).toContain("its orchestrator is gone");
  });

  it.each(["SIGTERM", "SIGINT"] as const)("ends in order on %s", async (name) => {
    const agent = execa(process.execPath, [NICBENCH, "agent"], { reject: false });
    agent.stdin.write(HELLO);
    await new Promise((resolve) => agent.stdout.once("data", resolve));
    agent.kill(name);
    const { exitCode, stderr } = await agent;
    expect(exitCode).toBe(0);
    expect(stderr).toContain(`the agent ends: it got ${name}`);
  });
});
