/** `forwarding` with a program as DUT: which requests are made, and what the generator's counts mean. */
import { describe, expect, it } from "vitest";
import { forwarding } from "../../src/experiments/forwarding.js";
import { measureProgram } from "../../src/experiments/forwarding/program.js";
import { forwardingParameters, type ForwardingParameters } from "../../src/experiments/forwarding/parameters.js";
import { isConserved } from "../../src/results/summary.js";
import { FACTS } from "../results/sample.js";
import { NATIVE } from "./conntrack_sample.js";
import type { AgentHandle, TrialContext } from "../../src/experiments/experiment.js";
import type { ProgramSpec } from "../../src/testbed/program.js";

const PROGRAM: ProgramSpec = {
  start: ["testpmd", "--burst=${burst}", "${traffic.frame_size}"],
  environment: {},
  stop: { signal: "SIGINT", seconds: 1 },
  endsItself: false,
  results: {},
};

const ROLES = {
  generator: { host: "gen", io: "socket", device: "veth0", cpus: [] },
  dut: { host: "dut", io: "kernel", device: "veth0", cpus: [] },
};

type Call = (method: string, params: unknown) => unknown;

function contextOf(call: Call, signal?: AbortSignal): TrialContext<ForwardingParameters> {
  return {
    point: forwardingParameters.parse({ burst: 4, traffic: { profile: "uniform", flows: 1, frame_size: "128B" } }),
    seed: 1,
    warmupSeconds: 0,
    durationSeconds: 1,
    graceSeconds: 1,
    roles: ROLES,
    programs: { dut: PROGRAM },
    ...(signal === undefined ? {} : { signal }),
    agent: () =>
      ({
        native: NATIVE,
        facts: FACTS,
        call: async (method: string, params: unknown) => call(method, params),
      }) as unknown as AgentHandle,
  };
}

describe("a measurement with a program as DUT", () => {
  it("starts it before the first frame and stops it after the last, and accounts for every frame", async () => {
    const calls: [string, unknown][] = [];
    const drops = [{ place: "wire to tester", cause: "no room at the receiver", frames: 3 }];
    const result = await measureProgram(
      contextOf((method, params) => {
        calls.push([method, params]);
        if (method === "program.wait") return new Promise(() => undefined);
        if (method === "generator.measure") return { port: "veth0", frames: { sent: 100, received: 90, drops } };
        return { stdout: "", stderr: "" };
      }),
      "max",
      1,
    );
    expect(calls.map(([method]) => method)).toEqual([
      "program.start",
      "generator.prepare",
      "program.wait",
      "generator.measure",
      "program.stop",
    ]);
    expect(calls[0]?.[1]).toEqual({ name: "dut", command: ["testpmd", "--burst=4", "128"], environment: {} });
    expect(result.frames.drops).toEqual([...drops, { place: "dut", cause: "did not come back", frames: 7 }]);
    expect(isConserved(result.frames)).toBe(true);
    expect(result).toMatchObject({ wire: "testpmd", testerWire: "veth0", dutFrames: 0 });
  });

  it("begins no phase after the run was told to stop, and stops the program", async () => {
    const stop = new AbortController();
    const called: string[] = [];
    const context = contextOf((method) => {
      called.push(method);
      if (method === "program.start") stop.abort();
      return { stdout: "", stderr: "" };
    }, stop.signal);
    await expect(measureProgram(context, "max", 1)).rejects.toMatchObject({ code: "STOPPED" });
    expect(called).toEqual(["program.start", "program.stop"]);
  });

  it("tells that the program ended, rather than that nothing comes back", async () => {
    const context = contextOf((method) => {
      if (method === "program.wait") return { ended: true, well: false, how: "was killed by SIGSEGV" };
      return method.startsWith("generator.") ? new Promise(() => undefined) : { stdout: "", stderr: "" };
    });
    await expect(measureProgram(context, "max", 1)).rejects.toMatchObject({
      code: "PROGRAM_FAILED",
      message: "The program of role 'dut' was killed by SIGSEGV.",
    });
  });

  it("can run whatever the DUT's port is", () => {
    const point = forwardingParameters.parse({});
    const hosts = { native: NATIVE, facts: FACTS, roles: ROLES };
    expect(forwarding.cannotRun(point, { ...hosts, programs: { dut: PROGRAM } })).toBeUndefined();
    expect(forwarding.cannotRun(point, hosts)).toContain("no wire 'kernel'");
  });
});
