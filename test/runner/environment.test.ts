import { describe, expect, it } from "vitest";
import { checkEnvironment } from "../../src/runner/environment.js";
import type { TrialOutcome } from "../../src/experiments/experiment.js";

const ROLES = { generator: { cpus: [0] }, dut: { cpus: [] } };

function outcome(stealSeconds: number, changes: Partial<TrialOutcome> = {}): TrialOutcome {
  return { status: "ok", flags: [], metrics: {}, environment: { stealSeconds }, ...changes };
}

describe("stolen CPU time", () => {
  it("up to 5 % of the used CPUs' time is accepted", () => {
    expect(checkEnvironment(outcome(0.1), 1, ROLES)).toEqual(outcome(0.1));
  });

  it("counts as a share of what the trial says it took, where that is not its duration", () => {
    const soak = outcome(0.2, { environment: { stealSeconds: 0.2, seconds: 600 } });
    expect(checkEnvironment(soak, 1, ROLES)).toEqual(soak);
  });

  it("above that makes the trial suspect and says how much it was", () => {
    expect(checkEnvironment(outcome(0.2), 1, ROLES)).toMatchObject({
      status: "suspect",
      flags: ["stolen-cpu"],
      reason: "The hypervisor took 200 ms of CPU time, 10% of what was used.",
    });
  });

  it("adds to what else is suspect, and leaves failed trials alone", () => {
    const doubtful = {
      status: "suspect",
      flags: ["generator-limited"],
      reason: "The generator set the pace.",
    } as const;
    expect(checkEnvironment(outcome(1, doubtful), 1, ROLES)).toMatchObject({
      flags: ["generator-limited", "stolen-cpu"],
      reason: expect.stringMatching(/^The generator set the pace. The hypervisor/),
    });
    expect(checkEnvironment(outcome(1, { status: "failed" }), 1, ROLES)).toEqual(outcome(1, { status: "failed" }));
  });

  it("is no question where the agent cannot tell", () => {
    expect(checkEnvironment({ status: "ok", flags: [], metrics: {} }, 1, ROLES).status).toBe("ok");
  });
});
