/** Trials whose generator and DUT are different agents: what their counts mean together. */
import { describe, expect, it } from "vitest";
import { measureApart, withLosses } from "../../src/experiments/forwarding/ends.js";
import { forwarding } from "../../src/experiments/forwarding.js";
import { forwardingParameters, type ForwardingParameters } from "../../src/experiments/forwarding/parameters.js";
import { isConserved } from "../../src/results/summary.js";
import { FACTS } from "../results/sample.js";
import { NATIVE } from "./conntrack_sample.js";
import type { AgentHandle, HostsOfPoint, TrialContext } from "../../src/experiments/experiment.js";
import type { ForwarderCounts, NativeInfo } from "../../src/agent/protocol.js";

const DUT: ForwarderCounts = {
  frames: 100,
  foreignFrames: 0,
  wireFull: 0,
  lost: 0,
  busyCycles: 1,
  totalCycles: 2,
  cpuShare: 1,
};

describe("frames between two agents", () => {
  it("are all accounted for where none is lost", () => {
    const frames = { sent: 100, received: 100, drops: [] };
    expect(withLosses(frames, DUT)).toEqual(frames);
  });

  it("are lost at the place where they are missing", () => {
    const drops = [
      { place: "wire to dut", cause: "ring full", frames: 5 },
      { place: "wire to tester", cause: "no room at the receiver", frames: 3 },
    ];
    const dut = { ...DUT, frames: 92, foreignFrames: 2, lost: 4, wireFull: 7 };
    const frames = withLosses({ sent: 100, received: 78, drops }, dut);
    expect(frames.drops.slice(2)).toEqual([
      { place: "wire to dut", cause: "no room at the receiver", frames: 4 },
      { place: "wire to dut", cause: "did not arrive", frames: 1 },
      { place: "wire to tester", cause: "ring full", frames: 7 },
      { place: "wire to tester", cause: "did not arrive", frames: 2 },
    ]);
    expect(isConserved(frames)).toBe(true);
  });

  it("are not lost twice because a port refused frames of others", () => {
    const frames = withLosses({ sent: 100, received: 100, drops: [] }, { ...DUT, lost: 9 });
    expect(frames.drops).toEqual([]);
  });

  it("are not conserved when more came back than were forwarded", () => {
    const frames = withLosses({ sent: 100, received: 100, drops: [] }, { ...DUT, frames: 90 });
    expect(isConserved(frames)).toBe(false);
  });
});

const port = (device: string) => ({ host: "one", io: "socket", device, cpus: [] });

function contextOf(call: (method: string, params: unknown) => Promise<unknown>): TrialContext<ForwardingParameters> {
  return {
    point: forwardingParameters.parse({}),
    seed: 1,
    warmupSeconds: 0,
    durationSeconds: 1,
    graceSeconds: 1,
    roles: { generator: port("n0"), dut: port("n1") },
    agent: () => ({ native: NATIVE, facts: FACTS, call }) as unknown as AgentHandle,
  };
}

describe("a measurement by two agents", () => {
  it("lets the DUT's agent live through hours without a request", async () => {
    const lease = { seconds: 0 };
    const call = async (method: string, params: unknown): Promise<unknown> => {
      if (method === "lease.renew") Object.assign(lease, params);
      if (method === "generator.measure") return { port: "n0", frames: { sent: 1, received: 1, drops: [] } };
      return method === "forwarder.start" ? { port: "n1" } : DUT;
    };
    await measureApart(contextOf(call), "max", 7200);
    expect(lease.seconds).toBeGreaterThan(7200);
  });

  it("opens as many queues at both ends as the DUT has workers, each with a CPU", async () => {
    const asked: Record<string, unknown> = {};
    const call = async (method: string, params: unknown): Promise<unknown> => {
      asked[method] = params;
      if (method === "generator.measure") return { port: "n0", frames: { sent: 1, received: 1, drops: [] } };
      return method === "forwarder.start" ? { port: "n1" } : DUT;
    };
    const roles = {
      generator: { host: "one", io: "af_xdp", device: "n0", queues: 2, cpus: [1] },
      dut: { host: "two", io: "af_xdp", device: "n1", queues: 2, cpus: [2, 3] },
    };
    await measureApart({ ...contextOf(call), roles }, "max", 1);
    expect(asked["forwarder.start"]).toMatchObject({ port: { wire: "af_xdp", device: "n1" }, cpus: [2, 3] });
    expect(asked["generator.prepare"]).toMatchObject({ port: { device: "n0", queues: 2 }, cpu: 1 });
  });

  it("begins no phase after the run was told to stop, and stops the DUT", async () => {
    const stop = new AbortController();
    const called: string[] = [];
    const call = async (method: string): Promise<unknown> => {
      called.push(method);
      if (method === "generator.prepare") stop.abort();
      return method === "forwarder.start" ? { port: "n1" } : DUT;
    };
    const context = { ...contextOf(call), signal: stop.signal };
    await expect(measureApart(context, "max", 1)).rejects.toMatchObject({ code: "STOPPED" });
    expect(called).not.toContain("generator.measure");
    expect(called.at(-1)).toBe("forwarder.stop");
  });
});

describe("a point on a testbed with ports", () => {
  const native = { ...NATIVE, wires: [{ name: "socket", title: "" }] } as NativeInfo;
  const roles = {
    generator: { host: "one", io: "socket", device: "n0", cpus: [] },
    dut: { host: "two", io: "socket", device: "n1", cpus: [] },
  };
  const why = (point: unknown) =>
    forwarding.cannotRun(forwardingParameters.parse(point), { native, facts: FACTS, roles });

  it("takes the testbed's wire", () => {
    expect(why({})).toBeUndefined();
    expect(why({ wire: "af_xdp" })).toContain("'wire'");
  });

  it("is skipped where a port has fewer queues than the DUT has cores", () => {
    const withQueues = (generator: number, dut: number) => ({
      generator: { ...roles.generator, queues: generator },
      dut: { ...roles.dut, queues: dut, cpus: [1, 2] },
    });
    const whyOf = (point: unknown, placed: ReturnType<typeof withQueues>) =>
      forwarding.cannotRun(forwardingParameters.parse(point), { native, facts: FACTS, roles: placed });
    expect(whyOf({}, withQueues(2, 2))).toBeUndefined();
    expect(whyOf({ cores: 1 }, withQueues(2, 2))).toBeUndefined();
    expect(whyOf({ cores: 3 }, withQueues(3, 2))).toContain("the testbed's port of dut has 2: write queues: 3");
    expect(whyOf({}, withQueues(1, 2))).toContain("the testbed's port of generator has 1: write queues: 2");
    expect(whyOf({}, withQueues(3, 3))).toContain("asks for 3 cores for the DUT, and 2 are left");
    expect(why({ cores: 2 })).toContain("which may be any but ring and libpcap");
  });

  it("refuses cores where a program of the testbed forwards", () => {
    const program = { generator: { ...roles.generator, queues: 2 }, dut: { host: "two", io: "kernel", cpus: [] } };
    const programs = { dut: { start: ["testpmd"] } } as unknown as NonNullable<HostsOfPoint["programs"]>;
    const whyOf = (point: unknown) =>
      forwarding.cannotRun(forwardingParameters.parse(point), { native, facts: FACTS, roles: program, programs });
    expect(whyOf({})).toBeUndefined();
    expect(whyOf({ cores: 2 })).toContain("'cores' cannot");
  });

  it("is skipped when the host cannot open that wire", () => {
    const xdp = { ...roles, dut: { ...roles.dut, io: "af_xdp" } };
    expect(forwarding.cannotRun(forwardingParameters.parse({}), { native, facts: FACTS, roles: xdp })).toContain(
      "no wire 'af_xdp'",
    );
  });
});
