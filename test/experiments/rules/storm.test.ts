/** The experiment `rules.storm`: rules that change while frames flow. */
import { describe, expect, it } from "vitest";
import { paramsSchemas } from "../../../src/agent/params_schemas.js";
import { rulesStorm, stormConfig, stormOutcome } from "../../../src/experiments/rules/storm.js";
import { dipOf } from "../../../src/experiments/rules/storm/dip.js";
import { stormParameters } from "../../../src/experiments/rules/storm/parameters.js";
import { counts, fakeAgent, problems as problemsOf, result, seriesOf, storm } from "./sample.js";
import type { AgentHandle } from "../../../src/experiments/experiment.js";

const BATCH = { storm: { size: "1k" } };
const RATE = { storm: { rate: "10k" } };
const problems = (input: unknown) => problemsOf(stormParameters, input);

/** @param spare CPUs that no role has */
function context(input: unknown, spare: readonly number[] = []) {
  return {
    point: stormParameters.parse(input),
    seed: 7,
    warmupSeconds: 0,
    durationSeconds: 1,
    roles: {
      generator: { host: "here", io: "ring", cpus: [1] },
      dut: { host: "here", io: "ring", cpus: [2], spare },
    },
  };
}

function configOf(input: unknown, spare?: readonly number[]) {
  const trial = context(input, spare);
  const { storm: given, traffic } = trial.point;
  if (given.rate === "search" || traffic.rate === "search") throw new Error("a search has no one configuration");
  return stormConfig(trial, traffic.rate, given.rate);
}

describe("the parameters of rules.storm", () => {
  it("are a batch or a rate, inserted by the core that forwards", () => {
    expect(stormParameters.parse(BATCH).storm).toEqual({ operation: "insert", size: 1000, core: "same" });
    expect(stormParameters.parse(RATE).storm).toEqual({ operation: "insert", rate: 10_000, core: "same" });
    expect(stormParameters.parse({ storm: { rate: "500krules/s" } }).storm.rate).toBe(500_000);
    expect(stormParameters.parse(BATCH).series_interval).toBe(0.01);
  });

  it("can be parsed again and stay the same, as a resumed run does", () => {
    for (const input of [
      BATCH,
      RATE,
      { rules: 9, storm: { operation: "replace", size: 5, at: "20ms", core: "other" } },
    ]) {
      const once = stormParameters.parse(input);
      expect(stormParameters.parse(JSON.parse(JSON.stringify(once)))).toEqual(once);
    }
  });

  it("refuse what would have no effect or cannot be", () => {
    expect(problems({})[0]).toContain("storm");
    expect(problems({ storm: {} })).toEqual(["storm.size: missing; write size: 10k for a batch, or rate: 10k"]);
    expect(problems({ storm: { size: 1, rate: 1 } })).toEqual([
      "storm.rate: does not go with size; remove one of them",
    ]);
    expect(problems({ storm: { rate: 1, at: "1s" } })).toEqual(["storm.at: has no effect without size; remove it"]);
    expect(problems({ storm: { size: 1, operation: "update" } })[0]).toContain("update needs rules that are there");
    expect(problems({ rules: 9, storm: { size: 10, operation: "delete" } })[0]).toContain("more than the 9 rules");
    expect(problems({ ...BATCH, series_interval: 0 })[0]).toContain("series_interval");
    expect(problems({ ...BATCH, traffic: { rate: "search" } })[0]).toContain("traffic.rate: needs storm.rate: search");
    expect(problems({ ...RATE, search: {} })[0]).toContain("search: has no effect unless storm.rate: search");
    const search = { storm: { rate: "search" }, traffic: { rate: "1Mpps" } };
    expect(problems(search)).toEqual([]);
    expect(problems({ storm: search.storm })[0]).toContain("traffic.rate: loses no frame that waits");
    expect(problems({ ...search, search: { back_to_back: {} } })[0]).toContain("search.back_to_back: has no effect");
  });

  it("become what the data path takes, which the agent accepts", () => {
    const batch = configOf({ rules: 10, storm: { size: 5, operation: "delete" } });
    expect(batch.storm).toEqual({ kind: "batch", operation: "delete", size: 5, at: 0.25, rate: 0, core: "same" });
    expect(paramsSchemas["rules.run"].parse(batch)).toEqual(batch);
    expect(configOf(RATE).storm).toEqual({
      kind: "rate",
      operation: "insert",
      size: 0,
      at: 0,
      rate: 10_000,
      core: "same",
    });
  });

  it("refuse a batch that would come after the trial", () => {
    const late = () => configOf({ storm: { size: 1, at: "1s" } });
    expect(late).toThrow(
      expect.objectContaining({ code: "STORM", hint: expect.stringContaining("storm.at") as string }),
    );
  });
});

describe("the core that changes rules", () => {
  const other = { storm: { size: 1, core: "other" } };
  const trial = (input: unknown, spare: readonly number[]) =>
    rulesStorm.runTrial({
      ...context(input, spare),
      graceSeconds: 10,
      agent: () => fakeAgent(result({ storm: storm() })) as unknown as AgentHandle,
    });

  it("is one that no role has, if there is one", async () => {
    expect(configOf(other, [5, 6]).controlCpu).toBe(5);
    expect((await trial(other, [5])).status).toBe("ok");
  });

  it("is left to the scheduler if there is none, and the trial says so", async () => {
    expect(configOf(other).controlCpu).toBe(-1);
    expect(await trial(other, [])).toMatchObject({ status: "suspect", flags: ["oversubscribed"] });
    expect((await trial(BATCH, [])).status).toBe("ok");
  });
});

describe("the outcome of a storm", () => {
  const batch = configOf({ storm: { size: 30, at: "200ms" }, series_interval: "100ms" });

  it("has the updates, their times, and the dip", () => {
    const series = seriesOf([100, 100, 20, 60, 100]);
    const { status, metrics } = stormOutcome(batch, result({ storm: storm(), series }));
    expect(status).toBe("ok");
    expect(metrics).toMatchObject({
      forwarding_rate: 500,
      update_rate: 300,
      update_latency_p50: 100,
      update_latency_p99: 900,
      update_latency_max: 950,
      dip_depth: 0.8,
      unmatched_frames: 0,
      stray_frames: 0,
    });
    expect(metrics["dip_seconds"]).toBeCloseTo(0.1);
    expect(metrics["latency_mean"]).toBeCloseTo(1300);
    expect(metrics).not.toHaveProperty("update_rate_intended");
    const declared = rulesStorm.metrics.map(({ name }) => name);
    expect(Object.keys(metrics).filter((name) => !declared.includes(name))).toEqual([]);
    expect(new Set(declared).size).toBe(declared.length);
  });

  it("notes in the series when the batch came, and for how long", () => {
    const counts = storm({ intended: 30, seconds: 0.25 });
    const { series } = stormOutcome(batch, result({ storm: counts, series: seriesOf([100, 20, 100]) }));
    expect(series?.events).toEqual([{ says: "30 rules inserted", from: 0.2, to: 0.45 }]);
  });

  it("has the intended rate of a storm at a rate, and no dip", () => {
    const slow = storm({ intended: 10_000, done: 4000, seconds: 1 });
    const { status, metrics } = stormOutcome(configOf(RATE), result({ storm: slow, series: seriesOf([9, 9, 1, 9]) }));
    expect(status).toBe("ok");
    expect(metrics).toMatchObject({ update_rate: 4000, update_rate_intended: 10_000 });
    expect(metrics).not.toHaveProperty("dip_depth");
    expect(rulesStorm.metrics.map(({ name }) => name)).toContain("update_rate_intended");
  });

  it("is suspect where the trial was over before the batch", () => {
    const { status, flags, reason } = stormOutcome(batch, result({ storm: storm({ done: 20 }) }));
    expect({ status, flags }).toEqual({ status: "suspect", flags: ["storm-cut-short"] });
    expect(reason).toContain("Only 20 of 30 changes");
  });

  it("is failed where nothing is left to delete", () => {
    const deletes = configOf({ rules: 100, storm: { operation: "delete", rate: 1000 } });
    const outcome = stormOutcome(deletes, result({ storm: storm({ intended: 1000, done: 100, refused: 900 }) }));
    expect(outcome).toMatchObject({ status: "failed", flags: ["no-rules-left"] });
    expect(outcome.reason).toContain("raise rules");
  });

  it.each([
    ["a table got full", { storm: storm({ done: 25, refused: 5 }) }, "table-full"],
    ["a frame met no rule", { storm: storm(), rules: counts({ unmatchedFrames: 1 }) }, "unmatched-frames"],
    ["a frame took a wrong queue", { storm: storm(), rules: counts({ strayFrames: 1 }) }, "stray-frames"],
  ])("is failed if %s", (_, changes, flag) => {
    expect(stormOutcome(batch, result(changes))).toMatchObject({ status: "failed", flags: [flag], metrics: {} });
  });
});

describe("the dip", () => {
  it("is how deep and how long forwarding fell, from the batch on", () => {
    const dip = dipOf(seriesOf([100, 120, 110, 0, 40, 60, 110]), 0.3, 0.1);
    expect(dip?.depth).toBe(1);
    expect(dip?.seconds).toBeCloseTo(0.2);
  });

  it("is none where nothing fell", () => {
    expect(dipOf(seriesOf([100, 100, 130, 120]), 0.2, 0.1)).toEqual({ depth: 0, seconds: 0 });
  });

  it("does not count a last interval that is a fraction", () => {
    const whole = seriesOf([100, 100, 100]);
    const cut = {
      t: [...whole.t, 0.301],
      columns: { forwarding_rate: { unit: "frames/s" as const, values: [100, 100, 100, 0] } },
    };
    expect(dipOf(cut, 0.2, 0.1)?.depth).toBe(0);
  });

  it("is unknown without an interval before the batch, or without frames there", () => {
    expect(dipOf(seriesOf([100, 0]), 0.05, 0.1)).toBeUndefined();
    expect(dipOf(seriesOf([100, 100]), 0.3, 0.1)).toBeUndefined();
    expect(dipOf(seriesOf([0, 0, 5]), 0.2, 0.1)).toBeUndefined();
  });
});
