/** A gate's judgement with all that its reports tell. */
import type { Judgement } from "../../gate/judge.js";
import type { NoiseFloor } from "../../gate/noise_floor.js";
import type { SampleSet } from "../../gate/samples.js";

export interface GateReport {
  readonly judgement: Judgement;
  readonly baseline: SampleSet;
  /** What runs of one build differ by was taken from this, if it was needed. */
  readonly floor?: NoiseFloor | undefined;
  /** Of all runs that were held against it. */
  readonly candidate: SampleSet;
  /** Whether an inconclusive gate fails. */
  readonly strict: boolean;
}
