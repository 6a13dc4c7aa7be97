/** Values of flags that must be one of a list. */
import { UserError } from "../errors.js";
import { didYouMean } from "../yaml/nearest.js";

/** @throws {UserError} USAGE with the nearest valid name */
export function parseChoice<T extends string>(text: string, allowed: readonly T[], noun: string): T {
  const choice = allowed.find((name) => name === text);
  if (choice !== undefined) return choice;
  const problem = `'${text}' is no ${noun}${didYouMean(text, allowed)}`;
  throw new UserError("USAGE", problem, `Choose from: ${allowed.join(", ")}.`);
}

/** A list separated by commas, without repetitions. */
export function parseList<T extends string>(text: string, allowed: readonly T[], noun: string): readonly T[] {
  const words = text.split(",").map((word) => word.trim());
  return [...new Set(words)].map((word) => parseChoice(word, allowed, noun));
}

/** @throws {UserError} USAGE */
export function wholeNumber(text: string, flag: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new UserError("USAGE", `--${flag} ${text} is no number of ${flag}.`, `Write a whole number: --${flag} 20`);
}
