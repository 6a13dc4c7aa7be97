/** Opens a classifier for as long as something is done with it. */
import { UserError } from "../../errors.js";
import { classifierKinds } from "./kinds.js";
import type { ClassifierChoice } from "../protocol.js";
import type { Classifier, ForwardingClassifier, ForwardOptions, OpenOptions } from "./classifier.js";

/** @throws {UserError} what the classifier or the work throws; RULES_CHANGE: it takes no rules; STOPPED, once `stop` is aborted */
export async function openClassifier<T>(
  { name, ...choice }: ClassifierChoice,
  options: OpenOptions,
  stop: AbortSignal,
  work: (classifier: Classifier) => Promise<T>,
): Promise<T> {
  const { open } = classifierKinds[name];
  if (open === undefined)
    throw new UserError("RULES_CHANGE", `${name} makes its own rules.`, "Use it in rules.rate alone.");
  return whileOpen(await open({ ...options, ...choice }), stop, work);
}

/** The same for one that forwards. @throws {UserError} also RULES_FORWARD: this classifier cannot */
export async function openForwarding<T>(
  { name, ...choice }: ClassifierChoice,
  options: ForwardOptions,
  stop: AbortSignal,
  work: (classifier: ForwardingClassifier) => Promise<T>,
): Promise<T> {
  const { forward } = classifierKinds[name];
  if (forward === undefined)
    throw new UserError(
      "RULES_FORWARD",
      `${name} is no DUT of nicbench's.`,
      "Use it in rules.rate and rules.conformance.",
    );
  return whileOpen(await forward({ ...options, ...choice }), stop, work);
}

async function whileOpen<T, C extends Pick<Classifier, "close">>(
  classifier: C,
  stop: AbortSignal,
  work: (classifier: C) => Promise<T>,
): Promise<T> {
  const close = (): void => void classifier.close();
  stop.addEventListener("abort", close);
  try {
    if (stop.aborted) close();
    return await work(classifier);
  } catch (error) {
    throw stop.aborted ? new UserError("STOPPED", "The trial was stopped before its end.") : error;
  } finally {
    stop.removeEventListener("abort", close);
    await classifier.close();
  }
}
