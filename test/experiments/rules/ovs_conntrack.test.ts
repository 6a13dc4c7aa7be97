/** `ovs_conntrack` of experiments that forward: what it becomes, and what of its result fails a trial. */
import { describe, expect, it } from "vitest";
import { paramsSchemas } from "../../../src/agent/params_schemas.js";
import { resultSchemas } from "../../../src/agent/result_schemas.js";
import { occupancyParameters, rulesOccupancy } from "../../../src/experiments/rules/occupancy.js";
import { outcomeOf, trialConfig } from "../../../src/experiments/rules/trial.js";
import { counts, problems as problemsOf, result } from "./sample.js";

const problems = (input: unknown) => problemsOf(occupancyParameters, input);

function configOf(input: object) {
  const point = occupancyParameters.parse({ classifier: "ovs", ovs_conntrack: true, ...input });
  const dut = { host: "here", io: "ring", cpus: [2] };
  return trialConfig({ point, seed: 7, warmupSeconds: 0, durationSeconds: 1, roles: { dut } }, "max");
}

describe("connection tracking by ovs", () => {
  it("is asked for, and of no other classifier", () => {
    const config = configOf({ ovs_emc: "cold" });
    expect(config.classifier).toEqual({ name: "ovs", ovsEmc: "cold", ovsConntrack: true });
    expect(paramsSchemas["rules.run"].parse(config)).toEqual(config);
    for (const classifier of ["softnic", "nftables", "xdp"])
      expect(problems({ classifier, ovs_conntrack: true })).toEqual([
        `ovs_conntrack: is of ovs, and ${classifier} tracks no connections; remove it`,
      ]);
    expect(problems({ classifier: "softnic", ovs_conntrack: false })).toEqual([]);
  });

  const outcome = (connections: number, invalidFrames: number, traffic: object = {}) =>
    outcomeOf(
      configOf({ traffic: { profile: "uniform", flows: 1000, ...traffic } }),
      resultSchemas["rules.run"].parse(result({ rules: counts({ tracked: { connections, invalidFrames } }) })),
    );

  it("says how many connections there were", () => {
    expect(outcome(640, 0)).toMatchObject({ status: "ok", metrics: { tracked_connections: 640 } });
    expect(rulesOccupancy.metrics.map(({ name }) => name)).toContain("tracked_connections");
  });

  // A thousand frames of a thousand flows are of 632, as a rule.
  it.each([
    [640, 3, {}, "invalid-frames"],
    [315, 0, {}, "untracked"],
    [0, 0, { flows: 1 }, "untracked"],
    [0, 0, { profile: "zipf", skew: 1 }, "untracked"],
  ])("fails with %i connections and %i frames that are invalid, of %j", (connections, invalid, traffic, flag) =>
    expect(outcome(connections, invalid, traffic)).toMatchObject({ status: "failed", flags: [flag] }),
  );

  it("needs one connection only where flows do not send equally often", () =>
    expect(outcome(1, 0, { profile: "zipf", skew: 1 })).toMatchObject({ status: "ok" }));
});
