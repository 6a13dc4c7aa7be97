/** The software NIC's rule table as a classifier among others: for what it can do, not for how fast it is. */
import { secondsOf, type Change, type Classifier, type Entry } from "../classifier.js";
import { encodeRules } from "./encode.js";
import type { NativeAddon } from "../../../native/addon.js";

/** Rules change one by one, each at once: what comes before one that is refused stays. */
export function openSoftnic(addon: Pick<NativeAddon, "RuleTable">, most: number): Classifier {
  const table = new addon.RuleTable(most);
  const installed = new Map<number, { readonly entry: Entry; readonly number: number }>();
  const apply = (kind: Change["kind"], entry: Entry): void => {
    const encoded = encodeRules([entry.rule]);
    const there = installed.get(entry.id)?.number;
    if (kind === "insert") {
      installed.set(entry.id, { entry, number: table.install(encoded) });
    } else if (there === undefined) {
      throw new Error(`there is no rule ${entry.id}`);
    } else if (kind === "update") {
      table.update(there, encoded);
      installed.set(entry.id, { entry, number: there });
    } else {
      table.remove(there);
      installed.delete(entry.id);
    }
  };
  return {
    prepare: (changes) => () =>
      secondsOf(async () => {
        for (const { kind, entries } of changes) for (const entry of entries) apply(kind, entry);
      }),
    listed: async () =>
      [...installed.values()].map(({ entry, number }) => ({
        id: entry.id,
        text: textOf(entry),
        frames: table.hits(number),
      })),
    textOf,
    send: async (frames) => {
      for (const frame of frames) table.send(Buffer.from(frame));
    },
    close: () => undefined,
  };
}

function textOf({ rule }: Entry): string {
  const { bytes, names } = encodeRules([rule]);
  return `${names.join(" ")} ${bytes.toString("hex")}`;
}
