/** What a data path observes in a trial: in the addon's results, the protocol and the journal alike. */
import type { Unit } from "./units.js";

/** Frames lost at one place for one cause, such as `{ place: "dut.rx", cause: "ring full", frames: 12 }`. */
export interface Drop {
  readonly place: string;
  readonly cause: string;
  readonly frames: number;
}

/** Frame conservation: sent = received + sum of drops, or the trial is suspect. */
export interface FrameCounts {
  readonly sent: number;
  readonly received: number;
  readonly drops: readonly Drop[];
}

/** Latencies of the probe frames: `[lower edge in ns, count]`, ascending, empty buckets left out. */
export interface LatencyHistogram {
  readonly unit: "ns";
  readonly buckets: readonly (readonly [number, number])[];
  readonly min: number;
  readonly max: number;
}

/** Something that was done to the DUT while it was measured, such as a batch of rules. */
export interface TimedEvent {
  /** `1k rules inserted`. */
  readonly says: string;
  /** When it began, in seconds since the start of the measured phase. */
  readonly from: number;
  /** When it was over; equal to `from` where it took no time that is known. */
  readonly to: number;
}

/** Counters over the trial's time; every column is as long as `t`. */
export interface TimeSeries {
  /** Seconds since the start of the measured phase, end of each interval. */
  readonly t: readonly number[];
  readonly columns: Readonly<Record<string, { readonly unit: Unit; readonly values: readonly number[] }>>;
  readonly events?: readonly TimedEvent[];
}

/** What the calibration loop read on some CPUs of a host; `native/common/calibration_loop.h` says what each is. */
export interface CalibrationReading {
  /** Of a fixed piece of work, on the slowest of the CPUs. */
  readonly workNs: number;
  /** Of a cache line to another CPU and back; 0 where there is one CPU. */
  readonly handOverNs: number;
  /** The host's clocks at the end. */
  readonly tscSeconds: number;
  readonly monotonicSeconds: number;
  /** Since 1970. */
  readonly wallSeconds: number;
}
