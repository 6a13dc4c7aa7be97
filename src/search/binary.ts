/**
 * Binary search for the throughput: RFC 2544, section 26.1, with the choice of rates that testers commonly make (and that
 * ETSI GS NFV-TST 009, clause 12.3.2, writes down), and with loss verification (clause 12.3.3).
 *
 * The largest load first: a DUT that carries it is done. Then the smallest: one that loses even that is done too. Then the
 * middle of the bounds, until they are close. So a search takes 2 + log2((max - min) / width) trials of full length.
 *
 * One trial decides, so that one frame that is lost for a reason that has nothing to do with the load moves the result
 * down by any amount. Loss verification repeats a trial with loss: only if all attempts have loss, the load was not carried.
 */
import { byLoad, isClose, relevantBounds, stepOf, verdictOf } from "./model.js";
import type { Bounds, Budget, LoadClass, LoadRange, Search, Trial, TrialRequest } from "./model.js";

export interface BinaryOptions {
  readonly range: LoadRange;
  readonly durationSeconds: number;
  /** Largest loss that is no loss; 0 for a throughput in the words of RFC 1242. */
  readonly lossRatio: number;
  /** Trials at a load before it counts as not carried: 1 for RFC 2544, 2 and more for loss verification. */
  readonly attempts: number;
  readonly width: number;
  readonly budget: Budget;
}

export function binarySearch(options: BinaryOptions): Search {
  const { range, width, budget } = options;
  return (history) => {
    const loads = byLoad(history);
    const classes = new Map([...loads].map(([load, trials]) => [load, classOf(trials, options)] as const));
    const bounds = relevantBounds(classes);
    const verdict = () => [verdictOf(withThroughput(bounds, loads, options), range, width)];
    return stepOf(nextTrial(bounds, options), verdict, history, budget);
  };
}

/** A load that is verified is undecided meanwhile, so that the bounds, and with them the next load, stay as they are. */
function classOf(trials: readonly Trial[], { lossRatio, attempts }: BinaryOptions): LoadClass {
  if (trials.some((trial) => trial.lossRatio <= lossRatio)) return "lower";
  return trials.length >= attempts ? "upper" : "undecided";
}

function nextTrial({ lower, upper }: Bounds, options: BinaryOptions): TrialRequest | undefined {
  const { range, durationSeconds, width } = options;
  const at = (load: number): TrialRequest => ({ load, durationSeconds });
  if (upper === undefined) return lower === undefined ? at(range.max) : undefined;
  if (lower === undefined) return upper === range.min ? undefined : at(range.min);
  return isClose(lower, upper, width) ? undefined : at((lower + upper) / 2);
}

/** Of the trials that were carried, what the worst forwarded. */
function withThroughput(
  bounds: Omit<Bounds, "throughput">,
  loads: ReadonlyMap<number, readonly Trial[]>,
  { lossRatio: most }: BinaryOptions,
): Bounds {
  const { lower } = bounds;
  if (lower === undefined) return bounds;
  const losses = (loads.get(lower) ?? []).map(({ lossRatio }) => lossRatio).filter((loss) => loss <= most);
  return { ...bounds, throughput: lower * (1 - Math.max(...losses)) };
}
