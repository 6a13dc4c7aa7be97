/** Claims are judged at the end of a run, whatever its end is, and their verdicts are in summary.json. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { makePlan } from "../../src/runner/plan.js";
import { executeRun, type RunInput } from "../../src/runner/run.js";
import { claimRun, type JudgeClaims } from "../../src/results/writer.js";
import { temporaryFolder } from "../agent/agents.js";
import { sampleManifest } from "../results/sample.js";
import { idleAgent } from "./idle_agent.js";
import type { Experiment } from "../../src/experiments/experiment.js";
import type { RunEvent } from "../../src/runner/events.js";
import type { Summary } from "../../src/results/model.js";

const AGENTS = { agent: () => Promise.resolve(idleAgent), stopTrials: () => Promise.resolve(), kill: () => undefined };

function experimentThat(onTrial: (count: number) => void): Experiment {
  let count = 0;
  return {
    name: "conntrack",
    title: "",
    description: "",
    parameters: z.object({ table: z.string() }),
    roles: ["dut"],
    metrics: sampleManifest().metrics,
    primaryMetric: "forwarding_rate",
    cannotRun: () => undefined,
    runTrial: async () => {
      count += 1;
      onTrial(count);
      return Promise.resolve({ status: "ok", flags: [], metrics: { forwarding_rate: 1, loss_ratio: 0 } });
    },
  };
}

async function run(
  judge: JudgeClaims,
  onTrial: (count: number) => void = () => undefined,
  signal = neverStopped(),
  { openPoints, forClaims = 0 }: Pick<RunInput, "openPoints"> & { forClaims?: number } = {},
) {
  const manifest = sampleManifest();
  const writer = await (await claimRun(await temporaryFolder(), manifest.run)).begin(manifest);
  const experiment = experimentThat(onTrial);
  const plan = makePlan({
    experiment,
    points: manifest.points,
    schedule: { ...manifest.schedule!, repeat: { ...manifest.schedule!.repeat, forClaims } },
    seed: 1,
    host: idleAgent,
  });
  const events: RunEvent[] = [];
  const onEvent = (event: RunEvent): void => void events.push(event);
  const running = executeRun({
    plan,
    writer,
    agents: AGENTS,
    onEvent,
    signal,
    judge,
    ...(openPoints && { openPoints }),
  });
  const read = async (): Promise<Summary> =>
    JSON.parse(await readFile(join(writer.directory, "summary.json"), "utf8")) as Summary;
  return { running, events, read };
}

function neverStopped(): AbortSignal {
  return new AbortController().signal;
}

const counting: JudgeClaims = ({ points, outcome }) => {
  const measured = points.filter(({ status }) => status === "ok").length;
  return Promise.resolve([{ id: "A", verdict: "confirmed", evidence: `${measured} points, ${outcome}` }]);
};

describe("claims", () => {
  it("are judged by the finished summary, and told in it and in summary.json", async () => {
    const { running, events, read } = await run(counting);
    const { claims } = await running;
    expect(claims).toEqual([{ id: "A", verdict: "confirmed", evidence: "2 points, complete" }]);
    expect((await read()).claims).toEqual(claims);
    expect(events.at(-1)).toMatchObject({ type: "run-end", summary: { claims } });
  });

  it("are judged after an interrupt too, by what there is", async () => {
    const stop = new AbortController();
    const { running, read } = await run(counting, () => stop.abort(), stop.signal);
    expect((await running).claims).toEqual([{ id: "A", verdict: "confirmed", evidence: "0 points, interrupted" }]);
    expect((await read()).outcome).toBe("interrupted");
  });

  it("are judged even if the run ends with an error of ours", async () => {
    const broken = (count: number): void => {
      if (count === 3) throw new TypeError("a bug");
    };
    const { running, read } = await run(counting, broken);
    await expect(running).rejects.toThrow("a bug");
    expect((await read()).claims).toHaveLength(1);
  });

  it("cost no number if judging them fails: the run ends with a warning", async () => {
    const { running, events, read } = await run(() => Promise.reject(new TypeError("a bug")));
    expect((await running).claims).toEqual([]);
    expect((await read()).points.map(({ status }) => status)).toEqual(["ok", "ok"]);
    const message = "the claims of the suite were not judged: a bug";
    expect(events).toContainEqual({ type: "warning", message });
  });

  it("ask for more trials of the points that leave them open, until they are decided or the rule allows no more", async () => {
    const trialsOf = async (decidedAfter: number, forClaims: number): Promise<readonly (number | undefined)[]> => {
      const openPoints: RunInput["openPoints"] = async ({ points: [first] }) => {
        const n = first?.metrics["forwarding_rate"]?.n ?? 0;
        return new Set(first !== undefined && n < decidedAfter ? [first.id] : []);
      };
      const { running } = await run(counting, undefined, neverStopped(), { openPoints, forClaims });
      return (await running).points.map(({ metrics }) => metrics["forwarding_rate"]?.n);
    };
    expect(await trialsOf(3, 5)).toEqual([3, 2]);
    expect(await trialsOf(9, 5)).toEqual([7, 2]);
    expect(await trialsOf(9, 0)).toEqual([2, 2]);
  });
});
