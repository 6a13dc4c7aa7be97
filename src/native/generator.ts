/** Trials of the generator alone, as the addon takes and gives them; `native/dataplane/generator_trial.h`. */
import type { PacingErrors, TrafficConfig } from "./model.js";

export interface GeneratorTrialConfig {
  readonly wire: string;
  readonly traffic: TrafficConfig;
  readonly warmupSeconds: number;
  readonly durationSeconds: number;
  /** CPUs to pin to; -1 leaves the thread to the scheduler. */
  readonly generatorCpu: number;
  /** Of the thread at the far end, which the ring alone has. */
  readonly sinkCpu: number;
}

export interface NativeGeneratorResult {
  readonly sendingSeconds: number;
  /** With those that the wire had no room for, which a rate does not wait for. */
  readonly sentFrames: number;
  /** Of those that the wire took. */
  readonly interfaceDrops: number;
  /** Of a rate only. */
  readonly pacingErrors?: PacingErrors;
  /** What was opened: wire, mode and interface. */
  readonly wire: string;
  readonly generatorCpuShare: number;
  /** What a reading of the clock costs. */
  readonly clockReadNs: number;
}
