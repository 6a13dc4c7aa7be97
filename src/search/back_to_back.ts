/**
 * Back-to-back frames: RFC 2544, section 26.4, as RFC 9004 updates it. The longest burst that a DUT forwards without loss
 * when it comes at the highest rate there is; what does not go out at once waits in its buffers, so that the length tells
 * their size. It says something only of a DUT that cannot carry that rate for ever: RFC 9004 leaves out frame sizes whose
 * throughput is the largest rate of the link.
 *
 * The search is that for a throughput with the length in place of the load, as RFC 9004, section 6.2, asks for: the binary
 * search of ETSI GS NFV-TST 009, with loss verification. One search gives one length; the benchmark is made of many.
 */
import { binarySearch } from "./binary.js";
import type { BinaryOptions } from "./binary.js";
import type { Search, Trial } from "./model.js";

export interface BurstOptions extends Pick<BinaryOptions, "attempts" | "width" | "budget"> {
  /** At which bursts come, in frames/s. */
  readonly rate: number;
  readonly longestSeconds: number;
}

/**
 * Bursts are trials at one load that last as long as the burst. Bounds of the verdict are lengths in frames.
 *
 * The shortest burst has 1 / width frames: of shorter ones, two that differ by a frame would not be close.
 */
export function burstSearch({ rate, longestSeconds, ...options }: BurstOptions): Search {
  const min = Math.ceil(1 / options.width);
  const range = { min, max: Math.max(2 * min, Math.floor(rate * longestSeconds)) };
  const search = binarySearch({ ...options, range, lossRatio: 0, durationSeconds: longestSeconds });
  return (history) => {
    const step = search(history.map((burst) => ({ ...burst, load: framesOf(burst) })));
    if (step.type === "end") return step;
    return { type: "trial", request: { load: rate, durationSeconds: Math.floor(step.request.load) / rate } };
  };
}

/** A burst is whole frames, whatever its duration was rounded to. */
export function framesOf({ load, durationSeconds }: Pick<Trial, "load" | "durationSeconds">): number {
  return Math.round(load * durationSeconds);
}

export interface BufferTime {
  /** The burst over the rate at which it came: as if nothing left the buffer meanwhile. */
  readonly impliedSeconds: number;
  /** Without the frames that the DUT forwarded while the burst still came. */
  readonly correctedSeconds: number;
}

/**
 * What the longest burst says of the buffer (RFC 9004, section 6.4, "Corrected DUT Buffer Time").
 *
 * @param frames of the longest burst
 * @param rate at which it came, in frames/s
 * @param throughput at this frame size, below `rate`
 */
export function bufferTime(frames: number, rate: number, throughput: number): BufferTime {
  const impliedSeconds = frames / rate;
  return { impliedSeconds, correctedSeconds: impliedSeconds * (1 - throughput / rate) };
}
