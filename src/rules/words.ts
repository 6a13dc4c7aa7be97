/** The words of a line, taken one after the other, and what is said where one is wrong. */
import { didYouMean } from "../yaml/nearest.js";
import { quote } from "../yaml/problems.js";

/** What is wrong with a rule. Never leaves this folder: the parser makes a `Problem` of it. */
export class Mistake extends Error {
  /**
   * @param column of the word in question, from 1
   * @param path what it concerns, such as `pattern.ipv4.src`
   */
  constructor(
    readonly column: number,
    readonly path: string,
    message: string,
  ) {
    super(message);
  }
}

export interface Word {
  readonly text: string;
  readonly column: number;
}

export class Words {
  readonly #words: readonly Word[];
  readonly #end: Word;
  #next = 0;

  constructor(line: string) {
    this.#words = [...line.matchAll(/\S+/g)].map(({ 0: text, index }) => ({ text, column: index + 1 }));
    this.#end = { text: "", column: line.length + 1 };
  }

  /** An empty one at the end of the line. */
  peek(): Word {
    return this.#words[this.#next] ?? this.#end;
  }

  take(): Word {
    const word = this.peek();
    this.#next += 1;
    return word;
  }

  /** Takes the next word if it is this one. */
  takeIf(text: string): boolean {
    const found = this.peek().text === text;
    if (found) this.#next += 1;
    return found;
  }

  expect(text: string, path: string): void {
    const word = this.take();
    if (word.text !== text) throw unexpected(word, path, [text]);
  }

  expectEnd(path: string): void {
    const word = this.peek();
    if (word.text !== "") throw new Mistake(word.column, path, `${quote(word.text)} comes after the end of the rule`);
  }
}

/** @param expected all words that could stand there */
export function unexpected({ text, column }: Word, path: string, expected: Iterable<string>): Mistake {
  const words = [...expected];
  const given = text === "" ? "the line ends" : quote(text);
  const list = words.length === 1 ? quote(words[0] ?? "") : `one of ${words.join(", ")}`;
  const guess = text === "" ? "" : didYouMean(text, words);
  return new Mistake(column, path, `${given} where ${list} was expected${guess}`);
}
