/** Simulated DUTs, and the loop that a runner makes: no clock, no frames, the same on every machine. */
import { seededRandom } from "../../src/statistics/random.js";
import type { Search, Trial, TrialRequest, Verdict } from "../../src/search/model.js";

/** Loss ratio of a trial. */
export type Dut = (request: TrialRequest) => number;

/** Forwards `capacity` frames/s, whatever is offered. */
export function deterministic(capacity: number): Dut {
  return ({ load }) => Math.max(0, 1 - capacity / load);
}

/** Its capacity differs from trial to trial, by up to `spread` either way. */
export function noisy(capacity: number, spread: number, seed: number): Dut {
  const random = seededRandom(seed);
  return ({ load }) => Math.max(0, 1 - (capacity * (1 + spread * (2 * random() - 1))) / load);
}

/** Carries up to `capacity`, but for loads within `[from, to]`, at which it loses 1 %. */
export function inverted(capacity: number, from: number, to: number): Dut {
  return ({ load }) => (load >= from && load <= to ? 0.01 : deterministic(capacity)({ load, durationSeconds: 1 }));
}

/** Loses one frame of a million now and then, at any load: an interrupt, a page fault. */
export function hiccups(capacity: number, probability: number, seed: number): Dut {
  const random = seededRandom(seed);
  return (request) => Math.max(random() < probability ? 1e-6 : 0, deterministic(capacity)(request));
}

export const neverLoses: Dut = () => 0;
export const alwaysLoses: Dut = () => 0.1;

export interface SearchRun {
  readonly verdicts: readonly Verdict[];
  readonly history: readonly Trial[];
  /** Simulated seconds of traffic. */
  readonly seconds: number;
}

const MOST_TRIALS = 10_000;

export function runSearch(search: Search, dut: Dut): SearchRun {
  const history: Trial[] = [];
  while (history.length < MOST_TRIALS) {
    const step = search(history);
    if (step.type === "end") {
      return {
        verdicts: step.verdicts,
        history,
        seconds: history.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0),
      };
    }
    const { request } = step;
    history.push({ ...request, lossRatio: dut(request), seconds: request.durationSeconds });
  }
  throw new Error("the search does not end");
}
