/**
 * Back-to-back frames: RFC 2544, section 26.4, as RFC 9004 updates it. The longest burst that a DUT forwards without loss
 * when it comes with the least gaps there are; what does not go out at once waits in its buffers, so that the length tells
 * their size. It says something only of a DUT that cannot carry that rate for ever: RFC 9004 leaves out frame sizes whose
 * throughput is the largest rate of the link.
 *
 * One search gives one length; the benchmark is the average of many.
 */

export interface Burst {
  readonly frames: number;
  readonly lost: number;
}

export interface BurstOptions {
  /** Lengths that may be tried, in frames: whole numbers, at least 1. */
  readonly min: number;
  readonly max: number;
  /** Lengths that differ by no more than this are the same. */
  readonly step: number;
  /** Bursts that may be sent. */
  readonly bursts: number;
}

export type BurstStep =
  | { readonly type: "burst"; readonly frames: number }
  /**
   * `above-max`: no burst was too long, so that the DUT may well carry the rate for ever. `below-min`: even the shortest
   * was. `frames` is the longest without loss, of those shorter than the shortest with loss.
   */
  | {
      readonly type: "end";
      readonly outcome: "found" | "above-max" | "below-min" | "out-of-budget";
      readonly frames?: number;
    };

export function burstSearch({ min, max, step, bursts }: BurstOptions): (history: readonly Burst[]) => BurstStep {
  return (history) => {
    const tooLong = Math.min(...history.filter(({ lost }) => lost > 0).map(({ frames }) => frames));
    const carried = Math.max(...history.filter((burst) => burst.lost === 0 && burst.frames < tooLong).map(length));
    const known = Number.isFinite(carried) ? { frames: carried } : {};
    if (carried === max) return { type: "end", outcome: "above-max", ...known };
    if (tooLong === min) return { type: "end", outcome: "below-min" };
    if (tooLong - carried <= step) return { type: "end", outcome: "found", ...known };
    if (history.length >= bursts) return { type: "end", outcome: "out-of-budget", ...known };
    if (!Number.isFinite(tooLong)) return { type: "burst", frames: max };
    if (!Number.isFinite(carried)) return { type: "burst", frames: min };
    return { type: "burst", frames: Math.floor((carried + tooLong) / 2) };
  };
}

function length({ frames }: Burst): number {
  return frames;
}

export interface BufferTime {
  /** Average burst over the rate at which it came: as if nothing left the buffer meanwhile. */
  readonly impliedSeconds: number;
  /** Without the frames that the DUT forwarded while the burst still came. */
  readonly correctedSeconds: number;
}

/**
 * What lengths of bursts say of the buffer (RFC 9004, "Corrected DUT Buffer Time").
 *
 * @param lengths of repeated searches, in frames
 * @param linkRate at which the bursts came, in frames/s
 * @param throughput at this frame size, below `linkRate`
 */
export function bufferTime(lengths: readonly number[], linkRate: number, throughput: number): BufferTime {
  const average = lengths.reduce((sum, frames) => sum + frames, 0) / lengths.length;
  const impliedSeconds = average / linkRate;
  return { impliedSeconds, correctedSeconds: impliedSeconds * (1 - throughput / linkRate) };
}
