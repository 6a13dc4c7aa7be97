/** Intervals of statistics over several values that each have one: drawn anew, evenly within each interval. */
import { mean } from "../../statistics/mean.js";
import { quantileOfSorted, sorted } from "../../statistics/median.js";
import { seededRandom } from "../../statistics/random.js";
import { fewestTrials, isBounded, type Estimate } from "./estimate.js";

const DRAWS = 1000;
const SEED = 20_210_607;

/**
 * The statistic of the medians, with the central 95 % of its values when every input is drawn evenly from its
 * interval. That is wider than the inputs deserve, as medians are likelier in the middle. The same inputs give
 * the same interval. Unknown intervals give an unknown one.
 */
export function resampled(estimates: readonly Estimate[], statistic: (values: readonly number[]) => number): Estimate {
  const median = statistic(estimates.map((estimate) => estimate.median));
  const n = fewestTrials(estimates);
  if (!estimates.every(isBounded)) return { median, low: -Infinity, high: Infinity, n };
  const random = seededRandom(SEED);
  const draw = ({ low, high }: Estimate): number => low + (high - low) * random();
  const values = sorted(Array.from({ length: DRAWS }, () => statistic(estimates.map(draw))));
  return { median, low: quantileOfSorted(values, 0.025), high: quantileOfSorted(values, 0.975), n };
}

/** A straight line by least squares: its slope, and the share of the variance that it explains (0 for equal ys). */
export function line(xs: readonly number[], ys: readonly number[]): { readonly slope: number; readonly r2: number } {
  const r = pearson(xs, ys);
  const [x, y] = [spread(xs), spread(ys)];
  return { slope: x === 0 ? 0 : (r * y) / x, r2: r * r };
}

/** Pearson's correlation; 0 if either side does not vary. */
export function pearson(xs: readonly number[], ys: readonly number[]): number {
  const [mx, my] = [mean(xs), mean(ys)];
  const products = xs.map((x, index) => (x - mx) * ((ys[index] ?? my) - my));
  const scale = spread(xs) * spread(ys);
  return scale === 0 ? 0 : Math.max(-1, Math.min(1, sum(products) / scale));
}

/** Root of the summed squares around the mean; 0 where the values differ by rounding only. */
function spread(values: readonly number[]): number {
  const centre = mean(values);
  const root = Math.sqrt(sum(values.map((value) => (value - centre) ** 2)));
  return root <= 1e-12 * Math.abs(centre) ? 0 : root;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
