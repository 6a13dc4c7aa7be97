/**
 * Looking at trials while they come in, and stopping when they decide, gives chance several tries. How much of the
 * chance of a false alarm each look may use up is laid down before: the spending function of Lan and DeMets that stays
 * close to O'Brien and Fleming's boundaries ("Discrete sequential boundaries for clinical trials", Biometrika 70, 1983).
 * It spends next to nothing on early looks, so that the last one is almost as sharp as an only one.
 *
 * Each look may use up what is added since the one before. That the looks share most of their trials is left out of
 * account (Bonferroni's inequality), so that the bound holds for exact tests of any distribution, and for several at once.
 */
import { normalCdf, normalQuantile } from "./normal.js";

/** The part of a plan that a look stands for, as shares of its trials: since the look before, and up to this one. */
export interface Look {
  readonly from: number;
  readonly to: number;
}

/** All trials are looked at, once. */
export const ONLY_LOOK: Look = { from: 0, to: 1 };

/** Chance of a false alarm that a look may have if all of them together may have `alpha`; these add up to it. */
export function levelOf({ from, to }: Look, alpha: number): number {
  return spent(to, alpha) - spent(from, alpha);
}

/** What may be used up by a share of the trials. */
function spent(share: number, alpha: number): number {
  return share === 0 ? 0 : 2 * normalCdf(normalQuantile(alpha / 2) / Math.sqrt(share));
}
