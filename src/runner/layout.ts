/** The layout that the agents of a repetition have, where each has one of its own (`repeat.new_layout`). */
import { seededRandom } from "../statistics/random.js";
import type { RunPlan } from "./plan.js";
import type { Task } from "./schedule.js";

/** A page: what lies beyond repeats the layouts below. */
const MAX_PADDING_BYTES = 4096;

/**
 * Bytes that the environment of agents is longer by, 0 to 4096: the same for all points of a round, so that layouts do not
 * look like differences between points, and for a resumed run. Undefined where the rule asks for none.
 */
export function paddingOf(
  { seed, schedule }: Pick<RunPlan, "seed" | "schedule">,
  { repetition }: Pick<Task, "repetition">,
): number | undefined {
  if (schedule.repeat.newLayout !== true) return undefined;
  return Math.floor(seededRandom(seed + repetition)() * (MAX_PADDING_BYTES + 1));
}
