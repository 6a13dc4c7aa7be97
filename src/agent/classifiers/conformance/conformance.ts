/** One trial of `rules.conformance`: does a classifier have a capability, and if not, what does it say? */
import { codeOf } from "../../../errors.js";
import { openClassifier } from "../open.js";
import { openSoftnic } from "../softnic/softnic.js";
import { FRAME_CASES, type FrameCase } from "./cases.js";
import { CHANGE_CASES, type ChangeCase } from "./changes.js";
import { entriesOf, patternOf } from "./entries.js";
import { frameOf } from "./frame.js";
import type { NativeAddon } from "../../../native/addon.js";
import type { ClassifierChoice, Conformance } from "../../protocol.js";
import type { Classifier, Entry } from "../classifier.js";

const cases: ReadonlyMap<string, ChangeCase> = new Map([
  ...Object.entries(FRAME_CASES).map(
    ([name, each]) => [name, (classifier: Classifier) => framesAsExpected(classifier, each)] as const,
  ),
  ...Object.entries(CHANGE_CASES),
]);

/** All that is asked for, by name. */
export const CAPABILITIES: readonly string[] = [...cases.keys()];

/** Whether frames show it, and not only what is said to changes. */
export function needsFrames(capability: string): boolean {
  return capability in FRAME_CASES;
}

/**
 * A rule that is refused is an answer; a classifier that dies is not.
 *
 * @throws {UserError} what the classifier throws where it is opened; STOPPED
 */
export async function conformanceOf(
  choice: ClassifierChoice,
  capability: string,
  stop: AbortSignal,
): Promise<Conformance> {
  const ruleSet = {
    rules: 0,
    tables: 0,
    match: "eth/ipv4",
    actions: "queue",
    matchShare: 0,
    capacity: 0,
    seed: 0,
    masks: 1,
  };
  const options = { ruleSet, most: 0, cpu: -1, takesFrames: true };
  return openClassifier(choice, options, stop, (classifier) => answerOf(classifier, capability));
}

/** The same of the software NIC's rule table. */
export async function softnicConformance(addon: NativeAddon, capability: string): Promise<Conformance> {
  return answerOf(openSoftnic(addon, MOST_RULES), capability);
}

/** Of all capabilities. */
const MOST_RULES = 2 ** 14;

async function answerOf(classifier: Classifier, capability: string): Promise<Conformance> {
  const run = cases.get(capability);
  if (run === undefined) throw new Error(`there is no capability ${capability}`);
  try {
    return await run(classifier);
  } catch (error) {
    if (isRefusal(error)) return { support: 0, said: error.message };
    throw error;
  }
}

function isRefusal(error: unknown): error is Error {
  return error instanceof Error && REFUSALS.test(codeOf(error) ?? "");
}

const REFUSALS = /^RULE_UNSUPPORTED$|^RULES_UPDATE$|_REFUSED$/;

/** Support is the share of frames that were taken as the rules say. */
export async function framesAsExpected(classifier: Classifier, { rules, frames }: FrameCase): Promise<Conformance> {
  const entries = entriesOf(rules);
  await classifier.prepare([{ kind: "insert", entries }])();
  const wrong: string[] = [];
  let before = await framesOf(classifier, entries);
  for (const [pattern, takers] of frames) {
    await classifier.send([frameOf(patternOf(pattern))]);
    const after = await framesOf(classifier, entries);
    const taken = entries.flatMap(({ id }) => ((after[id] ?? 0) > (before[id] ?? 0) ? [id] : []));
    before = after;
    if (!isAsExpected(taken, takers)) wrong.push(`the frame '${pattern}' was taken by ${ruleNames(taken)}`);
  }
  const support = 1 - wrong.length / frames.length;
  return { support, said: wrong.length === 0 ? "" : `The rules were accepted, but ${wrong.join("; ")}.` };
}

function isAsExpected(taken: readonly number[], takers: FrameCase["frames"][number][1]): boolean {
  return takers === "one" ? taken.length === 1 : taken.join() === takers.join();
}

function ruleNames(taken: readonly number[]): string {
  return taken.length === 0 ? "no rule" : `rule ${taken.join(" and ")}`;
}

/** By number. */
async function framesOf(classifier: Classifier, entries: readonly Entry[]): Promise<readonly number[]> {
  const listed = await classifier.listed();
  return entries.map(({ id }) => listed.find((each) => each.id === id)?.frames ?? 0);
}
