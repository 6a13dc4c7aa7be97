/** The actions of a rule, with their arguments. */
import { valueOf } from "./pattern.js";
import { ACTIONS, type Arguments } from "./vocabulary.js";
import { Mistake, unexpected, type Word, type Words } from "./words.js";
import type { Action } from "./rule.js";

/** `queue index 1 / mark id 5 / end`, with which the rule is over. */
export function actionsOf(words: Words): readonly Action[] {
  const actions: Action[] = [];
  while (!words.takeIf("end")) {
    const word = words.take();
    const known = ACTIONS.get(word.text);
    if (known === undefined) throw unexpected(word, "actions", [...ACTIONS.keys(), "end"]);
    actions.push(actionOf(word, known, words));
    words.expect("/", `actions.${word.text}`);
  }
  words.expectEnd("actions");
  return actions;
}

function actionOf(action: Word, { values: kinds, lists: listNames, required }: Arguments, words: Words): Action {
  const name = action.text;
  const values: Record<string, bigint> = {};
  const lists: Record<string, readonly string[]> = {};
  while (words.peek().text !== "/") {
    const word = words.take();
    const path = `actions.${name}.${word.text}`;
    const kind = kinds.get(word.text);
    if (kind !== undefined) values[word.text] = valueOf(words, kind, path);
    else if (listNames.includes(word.text)) lists[word.text] = listOf(words, path);
    else throw unexpected(word, `actions.${name}`, [...kinds.keys(), ...listNames, "/"]);
  }
  const missing = required.find((argument) => !Object.hasOwn(values, argument));
  if (missing !== undefined) throw new Mistake(action.column, `actions.${name}`, `lacks its '${missing}'`);
  return { name, values, lists };
}

function listOf(words: Words, path: string): readonly string[] {
  const list: string[] = [];
  while (!words.takeIf("end")) {
    const word = words.take();
    if (word.text === "" || word.text === "/") throw unexpected(word, path, ["end"]);
    list.push(word.text);
  }
  return list;
}
