/** Which rules of a trial are there, and the changes that its operations mean. */
import type { RuleOperation } from "../protocol.js";
import type { Change, Entry } from "./classifier.js";
import type { RuleMaker } from "./rule_set.js";

/** Rules that are installed or restored at once, outside the clock. */
const CHUNK = 10_000;

/** Rules are numbered; those from `first` to below `next` are there. The newest are inserted, the oldest deleted or changed. */
export function changingRules(wanted: number, make: RuleMaker) {
  const changed = new Set<number>();
  let [first, next, turn] = [0, 0, 0];
  const entry = (id: number): Entry => make(id, changed.has(id));
  const change = (kind: Change["kind"], ids: readonly number[]): Change => ({ kind, entries: ids.map(entry) });
  const toggle = (id: number): void => {
    if (!changed.delete(id)) changed.add(id);
  };
  return {
    change: (operation: RuleOperation, count: number): readonly Change[] => {
      if (operation === "insert") return [change("insert", range(next, (next += count)))];
      if (operation === "delete") return [change("remove", range(first, (first += count)))];
      const ids = range(turn, (turn += count)).map((id) => id % wanted);
      const before = change("remove", ids);
      ids.forEach(toggle);
      return operation === "update" ? [change("update", ids)] : [before, change("insert", ids)];
    },
    /** Transactions that undo insertions and deletions, which also install the rules at first. */
    restore: (): readonly Change[] => {
      const changes = [
        ...chunks(range(first + wanted, next)).map((ids) => change("remove", ids)),
        ...chunks(range(next, first + wanted)).map((ids) => change("insert", ids)),
      ];
      next = first + wanted;
      return changes;
    },
    present: () => range(first, next).map(entry),
  };
}

function chunks(ids: readonly number[]): readonly (readonly number[])[] {
  return Array.from({ length: Math.ceil(ids.length / CHUNK) }, (_, index) =>
    ids.slice(index * CHUNK, (index + 1) * CHUNK),
  );
}

/** From `from` to below `to`; empty if there are none. */
function range(from: number, to: number): readonly number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);
}
