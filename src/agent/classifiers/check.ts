/** Is there in a classifier what should be there? */
import type { Classifier, Entry } from "./classifier.js";

const SAMPLE = 1000;

/** Rules too many or too few, or, of a sample, those that are not listed as they should be. */
export async function wrongRules(classifier: Classifier, entries: readonly Entry[]): Promise<number> {
  const listed = new Set((await classifier.listed()).map(({ text }) => text));
  const step = Math.max(1, Math.floor(entries.length / SAMPLE));
  const missing = entries.filter((entry, index) => index % step === 0 && !listed.has(classifier.textOf(entry)));
  return Math.max(Math.abs(listed.size - entries.length), missing.length);
}
