/** What a classifier does with changes: beyond rules that frames show. */
import { codeOf } from "../../../errors.js";
import { entriesOf } from "./entries.js";
import type { Conformance } from "../../protocol.js";
import type { Change, Classifier, Entry } from "../classifier.js";

export type ChangeCase = (classifier: Classifier) => Promise<Conformance>;

const [FIRST, SECOND, OTHER_ACTIONS, CONTRADICTION] = entriesOf([
  "pattern eth / ipv4 dst is 10.0.0.1 / end actions count / queue index 1 / end",
  "pattern eth / ipv4 dst is 10.0.0.2 / end actions count / queue index 1 / end",
  "pattern eth / ipv4 dst is 10.0.0.1 / end actions count / drop / end",
  "pattern eth type is 0x0806 / ipv4 dst is 10.0.0.1 / udp dst is 7 / end actions count / drop / end",
]) as [Entry, Entry, Entry, Entry];

/** As number 0, which is there already. */
const OTHER: Entry = { ...OTHER_ACTIONS, id: FIRST.id };

export const CHANGE_CASES = {
  deletion: async (classifier) => {
    await commit(classifier, "insert", FIRST, SECOND);
    await commit(classifier, "remove", FIRST);
    return expectRules(classifier, [SECOND]);
  },
  "update in place": async (classifier) => {
    await commit(classifier, "insert", FIRST, SECOND);
    await commit(classifier, "update", OTHER);
    return expectRules(classifier, [OTHER, SECOND]);
  },
  "replace in one batch": async (classifier) => {
    await commit(classifier, "insert", FIRST, SECOND);
    await classifier.prepare([
      { kind: "remove", entries: [FIRST] },
      { kind: "insert", entries: [OTHER] },
    ])();
    return expectRules(classifier, [SECOND, OTHER]);
  },
  "refuses duplicates": async (classifier) => {
    await commit(classifier, "insert", FIRST);
    const said = await refusal(() => commit(classifier, "insert", { ...FIRST, id: 1 }));
    if (said !== undefined) return { support: 1, said };
    const { length } = await classifier.listed();
    return { support: 0, said: length === 1 ? "The second rule replaced the first." : "Both rules are there." };
  },
  "refuses contradictions": async (classifier) => {
    const said = await refusal(() => commit(classifier, "insert", CONTRADICTION));
    return said === undefined
      ? { support: 0, said: "A rule of ARP frames with ports was accepted." }
      : { support: 1, said };
  },
  "all or nothing": async (classifier) => {
    const said = await refusal(() => commit(classifier, "insert", FIRST, CONTRADICTION, SECOND));
    const { length } = await classifier.listed();
    if (said === undefined) return { support: 0, said: `Nothing was refused, and ${length} rules are there.` };
    return { support: length === 0 ? 1 : 0, said: `${length} of 3 rules are there after: ${said}` };
  },
  "16Ki rules": async (classifier) => {
    for (let done = 0; done < MANY; done += CHUNK) {
      const said = await refusal(() => commit(classifier, "insert", ...manyRules(done)));
      if (said !== undefined) return { support: done / MANY, said: `After ${done} rules: ${said}` };
    }
    const { length } = await classifier.listed();
    return { support: length / MANY, said: `${length} rules are listed; none was refused.` };
  },
} as const satisfies Readonly<Record<string, ChangeCase>>;

const MANY = 16_384;
const CHUNK = 4096;

function manyRules(from: number): readonly Entry[] {
  return Array.from({ length: CHUNK }, (_, index) => {
    const spec = BigInt(0x0a00_0000 + from + index);
    const pattern = [
      { name: "eth", fields: {} },
      { name: "ipv4", fields: { dst: { spec } } },
    ];
    return { id: from + index, rule: { ...FIRST.rule, pattern } };
  });
}

async function commit(classifier: Classifier, kind: Change["kind"], ...entries: readonly Entry[]): Promise<void> {
  await classifier.prepare([{ kind, entries }])();
}

/** What was said against it, if anything. */
async function refusal(change: () => Promise<void>): Promise<string | undefined> {
  try {
    await change();
    return undefined;
  } catch (error) {
    if (error instanceof Error && codeOf(error) !== undefined) return error.message;
    throw error;
  }
}

async function expectRules(classifier: Classifier, entries: readonly Entry[]): Promise<Conformance> {
  const listed = (await classifier.listed()).map(({ text }) => text);
  const expected = entries.map((entry) => classifier.textOf(entry));
  const right = expected.filter((text) => listed.includes(text)).length;
  const support = listed.length === expected.length ? right / expected.length : 0;
  return { support, said: support === 1 ? "" : `These rules are there: ${listed.join("; ") || "none"}.` };
}
