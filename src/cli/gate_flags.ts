/** Flags of `nicbench gate`. */
import type { SuiteFlags } from "./run_command.js";
import type { SetFlags } from "./sample_sets.js";

export interface GateFlags extends SetFlags, SuiteFlags {
  readonly results: string;
  readonly reused: string;
  readonly baseline?: string;
  readonly against?: string;
  readonly pairs: string;
  readonly saveBaseline?: string;
  readonly addToBaseline?: string;
  readonly metric?: readonly string[];
  readonly worseBy?: string;
  readonly confidence?: string;
  readonly strict?: true;
  readonly junit?: string;
  readonly markdown?: string;
  readonly github?: true;
  readonly json?: true;
  readonly budget?: string;
}
