/** The order of the points in one round. */
import { seededRandom } from "../statistics/random.js";

/**
 * A permutation of 0 … count-1 that depends on seed and round only, so that a resumed run goes on in the
 * order that it began with. Another order each round spreads slow drift of the machine over all points
 * alike (randomised blocks: Box, Hunter and Hunter, "Statistics for Experimenters", section 4.2).
 */
export function shuffledOrder(count: number, seed: number, round: number): readonly number[] {
  const random = seededRandom(seed + round * ROUND_STRIDE);
  const order = Array.from({ length: count }, (_, index) => index);
  // Fisher-Yates, as in Knuth, TAOCP volume 2, algorithm 3.4.2P.
  for (let last = count - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other] ?? 0, order[last] ?? 0];
  }
  return order;
}

/** Keeps round r of one seed apart from round 0 of a near one. */
const ROUND_STRIDE = 1_000_003;
