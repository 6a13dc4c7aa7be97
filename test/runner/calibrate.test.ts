/** Calibration by a real agent's methods, and what it does when others take the CPU. */
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { hostMethods } from "../../src/agent/methods.js";
import { addonFile } from "../../src/native/addon.js";
import { calibrationSchema } from "../../src/results/calibration.js";
import { calibrate } from "../../src/runner/calibrate.js";
import { FACTS } from "../results/sample.js";
import type { AgentClient } from "../../src/agent/client.js";
import type { AgentMethods, MethodName } from "../../src/agent/protocol.js";

type Answer = (method: string, params: unknown) => Promise<unknown>;

const REQUEST = { wire: "ring", generatorCpu: -1, farCpu: -1, seconds: 0.05 };
const NOW = new Date("2026-01-02T03:04:05Z");

function agent(answer: Answer): Pick<AgentClient, "call" | "facts"> {
  const call = async <M extends MethodName>(method: M, params: AgentMethods[M]["params"]) =>
    (await answer(method, params)) as AgentMethods[M]["result"];
  return { facts: FACTS, call };
}

const histogram = { unit: "ns", buckets: [[100, 10]], min: 100, max: 100 } as const;

/** 64-byte frames at 2 Mpps, larger ones at a tenth of that. */
function answerWith(shares: readonly number[]): { readonly answer: Answer; readonly rates: unknown[] } {
  const rates: unknown[] = [];
  const left = [...shares];
  const answer: Answer = async (method, params) => {
    const { traffic } = params as { traffic: { rate: number | "max"; frameSize: number } };
    const generatorCpuShare = left.shift() ?? 1;
    if (method === "forwarding.run") return { latency: histogram, generatorCpuShare };
    rates.push(traffic.rate);
    const sentFrames = (traffic.frameSize === 64 ? 2e6 : 2e5) * generatorCpuShare;
    const pacingErrors = { offered: 0, send: histogram, departure: histogram };
    const paced = traffic.rate === "max" ? {} : { pacingErrors };
    return {
      sentFrames,
      interfaceDrops: 0,
      sendingSeconds: 1,
      generatorCpuShare,
      clockReadNs: 10,
      wire: "ring",
      ...paced,
    };
  };
  return { answer, rates };
}

describe("calibration", () => {
  it("takes the best of three as ceiling, and tries rates that are well below it", async () => {
    const { answer, rates } = answerWith([0.96, 1, 0.98]);
    const { ceilings, pacing, latency, cpuShare } = await calibrate(agent(answer), REQUEST, NOW);
    expect(ceilings[0]).toEqual({ frameSize: 64, rate: 2e6, least: 2e6 * 0.96 });
    expect(ceilings[1]).toMatchObject({ frameSize: 1518, rate: 2e5 });
    expect(rates).toEqual(["max", "max", "max", "max", "max", "max", 1e5, 1e6]);
    expect(pacing.map(({ rate, sendP99 }) => [rate, sendP99])).toEqual([
      [1e5, 100],
      [1e6, 100],
    ]);
    expect(latency).toEqual({ rate: 1e4, p50: 100, p99: 100 });
    expect(cpuShare).toBe(0.96);
  });

  it("measures again, twice at most, what others took the CPU from", async () => {
    const { answer, rates } = answerWith([0.5, 1, 0.5, 0.9, 0.6]);
    const { cpuShare, ceilings } = await calibrate(agent(answer), REQUEST, NOW);
    expect(rates.filter((rate) => rate === "max")).toHaveLength(6 + 1 + 2);
    expect(cpuShare).toBe(0.9);
    expect(ceilings[0]).toMatchObject({ rate: 2e6, least: 2e6 * 0.9 });
  });

  it.skipIf(!existsSync(addonFile))("works on the ring of this host", { timeout: 60_000 }, async () => {
    const methods = hostMethods();
    const answer = async (method: string, params: unknown) => methods[method as "generator.run"](params as never);
    const calibration = await calibrate(agent(answer), REQUEST, NOW);
    expect(calibrationSchema.parse(calibration)).toEqual(calibration);
    expect(calibration).toMatchObject({ wire: "ring", opened: "ring", at: "2026-01-02T03:04:05.000Z" });
    for (const { rate, least } of calibration.ceilings) expect(rate).toBeGreaterThanOrEqual(least);
    expect(calibration.latency.p99).toBeGreaterThanOrEqual(calibration.latency.p50);
  });
});
