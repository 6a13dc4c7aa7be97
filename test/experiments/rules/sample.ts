/** Made-up trials of `rules.*`. */
import { result as forwardingResult } from "../forwarding_sample.js";
import type { z } from "zod";
import type { RuleRateTrialResult, RulesTrialResult } from "../../../src/agent/protocol.js";
import type { TimeSeries } from "../../../src/observations.js";

export const LATENCY = { unit: "ns" as const, buckets: [[100, 98] as const, [900, 2] as const], min: 100, max: 950 };

/** Messages of what is wrong with the input. */
export function problems(parameters: z.ZodType, input: unknown): readonly string[] {
  const { error } = parameters.safeParse(input);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
}

/** Two seconds in which 1000 of 1100 frames came back, through 50 rules that took none of them. */
export function result(changes: Partial<RulesTrialResult> = {}): RulesTrialResult {
  const { foreignFrames: _foreignFrames, ...carried } = forwardingResult();
  return { ...carried, rules: counts(), ...changes };
}

export function counts(changes: Partial<RulesTrialResult["rules"]> = {}): RulesTrialResult["rules"] {
  return {
    installed: 50,
    installSeconds: 0.5,
    bytes: 5000,
    matchedFrames: 0,
    defaultFrames: 1000,
    unmatchedFrames: 0,
    strayFrames: 0,
    ...changes,
  };
}

/** Thirty changes in a tenth of a second. */
export function storm(changes: Partial<NonNullable<RulesTrialResult["storm"]>> = {}) {
  return { intended: 30, done: 30, refused: 0, firstSeconds: 0.25, seconds: 0.1, latency: LATENCY, ...changes };
}

/** Forwarding rates of intervals of 100 ms. */
export function seriesOf(values: readonly number[]): TimeSeries {
  const t = values.map((_, i) => (i + 1) / 10);
  return { t, columns: { forwarding_rate: { unit: "frames/s", values } } };
}

export function rateResult(changes: Partial<RuleRateTrialResult> = {}): RuleRateTrialResult {
  return {
    operations: 3000,
    seconds: 0.5,
    operationsPerSecond: 6000,
    refused: 0,
    wrong: 0,
    installed: 100,
    bytes: 6400,
    latency: LATENCY,
    environment: { stealSeconds: 0 },
    ...changes,
  };
}

/** An agent that keeps what it was asked for and answers with what is given. */
export function fakeAgent(answer: unknown) {
  const calls: { readonly method: string; readonly params: unknown; readonly timeoutSeconds: number }[] = [];
  const call = (method: string, params: unknown, timeoutSeconds: number) => {
    calls.push({ method, params, timeoutSeconds });
    return Promise.resolve(answer);
  };
  return { calls, call };
}
