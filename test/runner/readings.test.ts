import { describe, expect, it } from "vitest";
import { betweenReadings } from "../../src/runner/readings.js";
import type { TrialOutcome } from "../../src/experiments/experiment.js";

const MEASURED: TrialOutcome = { status: "ok", flags: [], metrics: {}, environment: { stealSeconds: 0 } };

const ROLES = {
  generator: { host: "a", cpus: [2] },
  dut: { host: "b", cpus: [4, 5] },
  control: { host: "b", cpus: [5, 6] },
};

/** Agents that count what they are asked. */
function agentsOf(...hosts: readonly string[]) {
  const asked: unknown[] = [];
  const call = (host: string) => (method: string, params: unknown) => {
    asked.push([host, method, params]);
    const clock = asked.length;
    return Promise.resolve({
      workNs: 1,
      handOverNs: 1,
      tscSeconds: clock,
      monotonicSeconds: clock,
      wallSeconds: clock,
    });
  };
  const agents = new Map(hosts.map((host) => [host, { call: call(host) }]));
  return { agents, asked };
}

describe("the calibration loop around a trial", () => {
  it("reads each host on the CPUs of its roles, before and after", async () => {
    const { agents, asked } = agentsOf("a", "b");
    const { environment } = await betweenReadings(ROLES, agents, () => Promise.resolve(MEASURED));
    const readings = [
      ["a", "calibration.read", { cpus: [2] }],
      ["b", "calibration.read", { cpus: [4, 5, 6] }],
    ];
    expect(asked).toEqual([...readings, ...readings]);
    expect(environment).toMatchObject({
      stealSeconds: 0,
      readings: {
        a: { before: { tscSeconds: 1 }, after: { tscSeconds: 3 } },
        b: { before: { tscSeconds: 2 }, after: { tscSeconds: 4 } },
      },
    });
  });

  it("leaves out hosts that gave their roles no CPU", async () => {
    const { agents, asked } = agentsOf("a");
    const outcome = await betweenReadings({ dut: { host: "a", cpus: [] } }, agents, () => Promise.resolve(MEASURED));
    expect(asked).toEqual([]);
    expect(outcome).toEqual(MEASURED);
  });

  it("does not read after a trial that failed without a word on its environment", async () => {
    const { agents, asked } = agentsOf("a");
    const failed: TrialOutcome = { status: "failed", flags: ["no-frames"], metrics: {} };
    expect(await betweenReadings(ROLES, agents, () => Promise.resolve(failed))).toEqual(failed);
    expect(asked).toHaveLength(1);
  });
});
