/** Marks results that come so close to what the generator can do that they may be about it, not about the DUT. */
import { isNearCeiling, type Calibration } from "../results/calibration.js";
import type { TrialOutcome } from "../experiments/experiment.js";

export const NEAR_CEILING = "near-generator-ceiling";

/** Preamble, start delimiter and least gap, which `link_rate` counts. */
const WIRE_OVERHEAD_BYTES = 20;

/** The outcome with the mark if it deserves it. That is no doubt by itself: the status stays. */
export function markNearCeiling(outcome: TrialOutcome, calibration: Calibration | undefined): TrialOutcome {
  const { offered_rate: offered, forwarding_rate: forwarded, link_rate: bits } = outcome.metrics;
  if (calibration === undefined || offered === undefined || bits === undefined || !(Number(forwarded) > 0))
    return outcome;
  const frameSize = bits / 8 / Number(forwarded) - WIRE_OVERHEAD_BYTES;
  if (!isNearCeiling(calibration, offered, frameSize)) return outcome;
  return { ...outcome, flags: [...outcome.flags, NEAR_CEILING] };
}
