/** How deep did forwarding fall when a batch of rules came, and for how long? Read off the time series. */
import { extent, median } from "../../../statistics/median.js";
import type { TimeSeries } from "../../../observations.js";

export interface Dip {
  /** 1 - lowest forwarding rate from the batch on / median before it; 0 where none is lower. */
  readonly depth: number;
  /** Time from the batch on with less than half of the median before it. */
  readonly seconds: number;
}

interface Interval {
  readonly end: number;
  readonly length: number;
  readonly rate: number;
}

/**
 * @param at when the batch came, in seconds of the measured phase
 * @param interval of the series; shorter ones, as the last may be, say nothing
 * @returns undefined without a whole interval before the batch and one after it, or if nothing was forwarded before
 */
export function dipOf(series: TimeSeries, at: number, interval: number): Dip | undefined {
  const whole = intervalsOf(series).filter(({ length }) => length > interval / 2);
  const before = whole.filter(({ end }) => end <= at);
  const after = whole.filter(({ end }) => end > at);
  if (before.length === 0 || after.length === 0) return undefined;
  const usual = median(before.map(({ rate }) => rate));
  if (usual === 0) return undefined;
  const [lowest] = extent(after.map(({ rate }) => rate));
  const seconds = after.filter(({ rate }) => rate < usual / 2).reduce((sum, { length }) => sum + length, 0);
  return { depth: Math.max(0, 1 - lowest / usual), seconds };
}

function intervalsOf({ t, columns }: TimeSeries): readonly Interval[] {
  const rates = columns["forwarding_rate"]?.values ?? [];
  return t.flatMap((end, i) => {
    const rate = rates[i];
    return rate === undefined ? [] : [{ end, length: end - (t[i - 1] ?? 0), rate }];
  });
}
