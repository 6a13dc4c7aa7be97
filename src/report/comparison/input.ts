/** A gate's judgement with all that its reports tell. */
import type { Judgement } from "../../gate/judge.js";
import type { SampleSet } from "../../gate/samples.js";

export interface GateReport {
  readonly judgement: Judgement;
  readonly baseline: SampleSet;
  /** Of all runs that were held against it. */
  readonly candidate: SampleSet;
  /** Whether an inconclusive gate fails. */
  readonly strict: boolean;
}
