/** The loop without clock, wire or process: agents are functions, the run directory is real. */
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/errors.js";
import { makePlan, trialSeconds, type RunPlan } from "../../src/runner/plan.js";
import { executeRun } from "../../src/runner/run.js";
import { trialSeed } from "../../src/runner/trial.js";
import { readRun } from "../../src/results/reader.js";
import { claimRun, reopenRun, type RunWriter } from "../../src/results/writer.js";
import { temporaryFolder } from "../agent/agents.js";
import { sampleManifest } from "../results/sample.js";
import { idleAgent } from "./idle_agent.js";
import { z } from "zod";
import type { AgentHandle, Experiment, TrialContext, TrialOutcome } from "../../src/experiments/experiment.js";
import type { RunEvent } from "../../src/runner/events.js";
import type { RunManifest } from "../../src/results/model.js";

interface Call {
  readonly point: string;
  readonly seed: number;
  readonly signal: AbortSignal | undefined;
}

/** An experiment whose outcome a function decides. */
function experimentOf(outcome: (call: Call, count: number) => TrialOutcome | Promise<TrialOutcome>) {
  const calls: Call[] = [];
  const experiment: Experiment<{ table: string }> = {
    name: "conntrack",
    title: "",
    description: "",
    parameters: z.object({ table: z.string() }),
    roles: ["dut"],
    metrics: sampleManifest().metrics,
    primaryMetric: "forwarding_rate",
    cannotRun: ({ table }) => (table === "absent" ? "no such table" : undefined),
    measurements: ({ table }) => (table === "cuckoo" ? 10 : 1),
    runTrial: async ({ point, seed, signal, agent }: TrialContext<{ table: string }>) => {
      agent("dut");
      const call = { point: point.table, seed, signal };
      calls.push(call);
      return outcome(call, calls.length);
    },
  };
  return { experiment: experiment as unknown as Experiment, calls };
}

const OK: TrialOutcome = { status: "ok", flags: [], metrics: { forwarding_rate: 1, loss_ratio: 0 } };

const AGENTS = {
  agent: (): Promise<AgentHandle> => Promise.resolve(idleAgent),
  stopTrials: () => Promise.resolve(),
  kill: () => undefined,
};

function planOf(experiment: Experiment, manifest: RunManifest): RunPlan {
  return makePlan({
    experiment,
    points: manifest.points,
    schedule: manifest.schedule!,
    seed: manifest.seed,
    host: idleAgent,
  });
}

async function newRun(changes: Partial<RunManifest> = {}): Promise<RunWriter> {
  const manifest = sampleManifest(changes);
  return (await claimRun(await temporaryFolder(), manifest.run)).begin(manifest);
}

async function run(
  writer: RunWriter,
  experiment: Experiment,
  { agents = AGENTS, signal = new AbortController().signal } = {},
) {
  const events: RunEvent[] = [];
  const onEvent = (event: RunEvent): void => void events.push(event);
  const summary = await executeRun({ plan: planOf(experiment, writer.manifest), writer, agents, onEvent, signal });
  return { summary, events };
}

describe("a run", () => {
  it("measures every point as often as the plan says, and journals each trial before the next", async () => {
    const writer = await newRun();
    let journaled: readonly number[] = [];
    const { experiment, calls } = experimentOf(async () => {
      journaled = [...journaled, (await readRun(writer.directory)).trials.length];
      return OK;
    });
    const { summary, events } = await run(writer, experiment);
    expect(summary).toMatchObject({ outcome: "complete", trials: { ok: 4 } });
    expect(journaled).toEqual([0, 1, 2, 3]);
    expect(calls).toHaveLength(4);
    expect(events.map(({ type }) => type)).toEqual([
      "run-start",
      ...Array.from({ length: 4 }, () => ["trial-start", "trial-end"]).flat(),
      "run-end",
    ]);
  });

  it("gives all points of a repetition the same traffic, and each repetition other traffic", async () => {
    const { experiment, calls } = experimentOf(() => OK);
    await run(await newRun(), experiment);
    const seeds = (table: string): number[] => calls.filter(({ point }) => point === table).map(({ seed }) => seed);
    expect(seeds("cuckoo")).toEqual([7, 8]);
    expect(seeds("chaining-stl")).toEqual([7, 8]);
    expect(trialSeed(7, 0)).toBe(7);
  });

  it("says which points are skipped before it starts, and keeps the reason", async () => {
    const points = [
      ...sampleManifest().points,
      { id: "ccc", params: { table: "absent" }, resolved: { table: "absent" } },
    ];
    const schedule = sampleManifest().schedule!;
    const writer = await newRun({ points, schedule: { ...schedule, times: [...schedule.times, schedule.times[0]!] } });
    const { summary, events } = await run(writer, experimentOf(() => OK).experiment);
    expect(summary.points[2]).toMatchObject({ status: "skipped", reason: "no such table" });
    expect(events[1]).toMatchObject({ type: "skip", skip: { point: "ccc", reason: "no such table" } });
  });

  it("records what goes wrong at the agent's end as failed trials, with reason and hint, and goes on", async () => {
    const { experiment } = experimentOf((_, count) => {
      if (count === 2) throw new UserError("AGENT_DIED", "The agent was killed by SIGSEGV.", "It said nothing.");
      return OK;
    });
    const writer = await newRun();
    const { summary } = await run(writer, experiment);
    expect(summary).toMatchObject({ outcome: "complete", trials: { ok: 4, failed: 1 } });
    const failure = (await readRun(writer.directory)).trials.find(({ status }) => status === "failed");
    expect(failure).toMatchObject({
      reason: "AGENT_DIED: The agent was killed by SIGSEGV. It said nothing.",
      flags: ["agent-died"],
      metrics: {},
    });
  });

  it("records an agent that cannot be started again as failed trials", async () => {
    const agents = { ...AGENTS, agent: () => Promise.reject(new UserError("AGENT_DIED", "It could not be started.")) };
    const { summary, events } = await run(await newRun(), experimentOf(() => OK).experiment, { agents });
    expect(summary).toMatchObject({ outcome: "complete", trials: { ok: 0, failed: 6 } });
    expect(events.filter(({ type }) => type === "point-given-up")).toHaveLength(2);
  });

  it("stops when asked, keeps what is finished, and leaves out the trial that was stopped", async () => {
    const controller = new AbortController();
    let stopped = false;
    const agents = { ...AGENTS, stopTrials: () => Promise.resolve(void (stopped = true)) };
    const { experiment } = experimentOf((_, count) => {
      if (count < 3) return OK;
      controller.abort();
      throw new UserError("STOPPED", "The trial was stopped.");
    });
    const writer = await newRun();
    const { summary, events } = await run(writer, experiment, { agents, signal: controller.signal });
    expect(stopped).toBe(true);
    expect(summary).toMatchObject({ outcome: "interrupted", trials: { ok: 2, failed: 0 } });
    expect(events.map(({ type }) => type)).toContain("stopping");
    expect(await readRun(writer.directory)).toMatchObject({ summary: { outcome: "interrupted" }, warnings: [] });
  });

  it("lets a trial of many measurements see the stop between two of them", async () => {
    const controller = new AbortController();
    const { experiment, calls } = experimentOf(() => {
      controller.abort();
      return OK;
    });
    await run(await newRun(), experiment, { signal: controller.signal });
    expect(calls.map(({ signal }) => signal?.aborted)).toEqual([true]);
  });

  it("counts the measurements of a trial in its estimate", () => {
    const manifest = sampleManifest();
    const { experiment } = experimentOf(() => OK);
    const plan = planOf(experiment, manifest);
    const seconds = manifest.points.map((_, index) => trialSeconds(plan, index));
    expect(manifest.points.map(({ params }) => params["table"])).toEqual(["cuckoo", "chaining-stl"]);
    expect(seconds[0]).toBeCloseTo(10 * seconds[1]!, 9);
  });

  it("keeps a trial that was finished when the stop came", async () => {
    const controller = new AbortController();
    const { experiment } = experimentOf(() => {
      controller.abort();
      return OK;
    });
    const { summary } = await run(await newRun(), experiment, { signal: controller.signal });
    expect(summary).toMatchObject({ outcome: "interrupted", trials: { ok: 1 } });
  });

  it("goes on where it was stopped, repeats no finished trial, and ends with the whole plan", async () => {
    const controller = new AbortController();
    const first = experimentOf((_, count) => {
      if (count === 3) controller.abort();
      return OK;
    });
    const writer = await newRun();
    await run(writer, first.experiment, { signal: controller.signal });
    const second = experimentOf(() => OK);
    const { summary } = await run(await reopenRun(writer.directory), second.experiment);
    expect(summary).toMatchObject({ outcome: "complete", trials: { ok: 4 } });
    expect(second.calls).toHaveLength(1);
    const { trials, journal } = await readRun(writer.directory);
    const keys = trials.map(({ point, repetition, attempt }) => `${point}/${repetition}/${attempt}`);
    expect(new Set(keys).size).toBe(4);
    expect(journal.map(({ type }) => type)).toEqual([
      "start",
      "trial",
      "trial",
      "trial",
      "end",
      "resume",
      "trial",
      "end",
    ]);
  });

  it("does not hide our own bugs behind failed trials, and still writes the summary", async () => {
    const writer = await newRun();
    const { experiment } = experimentOf((_, count) => {
      if (count === 2) throw new TypeError("a bug");
      return OK;
    });
    await expect(run(writer, experiment)).rejects.toThrow("a bug");
    expect(await readRun(writer.directory)).toMatchObject({ summary: { outcome: "interrupted", trials: { ok: 1 } } });
  });
});
