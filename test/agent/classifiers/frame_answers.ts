/** What one classifier answers to many cases of frames: opening one for each takes most of the time in the virtual machine. */
import { FRAME_CASES } from "../../../src/agent/classifiers/conformance/cases.js";
import { framesAsExpected } from "../../../src/agent/classifiers/conformance/conformance.js";
import { entriesOf } from "../../../src/agent/classifiers/conformance/entries.js";
import { openClassifier } from "../../../src/agent/classifiers/open.js";
import { messageOf } from "../../../src/errors.js";
import { NEVER, ruleSet } from "./sample.js";
import type { Classifier } from "../../../src/agent/classifiers/classifier.js";
import type { ClassifierChoice, Conformance } from "../../../src/agent/protocol.js";

export type CaseName = keyof typeof FRAME_CASES;

export const FRAME_CASE_NAMES = Object.keys(FRAME_CASES) as readonly CaseName[];

/** Rules of a case are removed again before the next. */
export async function frameAnswers(
  choice: ClassifierChoice,
  names: readonly CaseName[] = FRAME_CASE_NAMES,
): Promise<readonly (readonly [CaseName, Conformance])[]> {
  const options = { ruleSet: ruleSet(), most: 0, cpu: -1, takesFrames: true };
  return openClassifier(choice, options, NEVER, async (classifier) => {
    const all: [CaseName, Conformance][] = [];
    for (const name of names) all.push([name, await answerOf(classifier, name)]);
    return all;
  });
}

async function answerOf(classifier: Classifier, name: CaseName): Promise<Conformance> {
  const entries = entriesOf(FRAME_CASES[name].rules);
  const remove = async (those: typeof entries): Promise<void> => {
    if (those.length > 0) await classifier.prepare([{ kind: "remove", entries: those }])();
  };
  try {
    const answer = await framesAsExpected(classifier, FRAME_CASES[name]);
    await remove(entries);
    return answer;
  } catch (error) {
    const there = new Set((await classifier.listed()).map(({ id }) => id));
    await remove(entries.filter(({ id }) => there.has(id)));
    return { support: 0, said: messageOf(error) };
  }
}
