/** The lines of a file of any length, one at a time. */
import { createReadStream } from "node:fs";
import { codeOf, UserError } from "../errors.js";

/** No rule comes near this; a file without line breaks is no file of rules. */
const MAX_LINE = 64 * 1024;

/**
 * @returns lines without their breaks; the first is number 1
 * @throws {UserError} RULES_UNREADABLE; RULES_LINE: a line that is too long to be a rule
 */
export async function* linesOf(file: string): AsyncGenerator<string> {
  const stream = createReadStream(file, { encoding: "utf8" });
  let number = 0;
  let rest = "";
  try {
    for await (const chunk of stream) {
      const lines = (rest + String(chunk)).split(/\r?\n/);
      rest = lines.pop() ?? "";
      yield* lines;
      number += lines.length;
      if (rest.length > MAX_LINE) throw tooLong(file, number + 1);
    }
  } catch (error) {
    throw unreadable(file, error);
  }
  if (rest !== "") yield rest;
}

function tooLong(file: string, line: number): UserError {
  const message = `${file}:${line}: the line has more than ${MAX_LINE} characters, which no rule has.`;
  return new UserError("RULES_LINE", message, "Give a text file with one testpmd command a line.");
}

function unreadable(file: string, error: unknown): unknown {
  const code = codeOf(error);
  if (error instanceof UserError || code === undefined) return error;
  const message = `${file} cannot be read: ${code === "ENOENT" ? "there is no such file" : code}.`;
  return new UserError("RULES_UNREADABLE", message, "Give a text file with one testpmd command a line.", {
    cause: error,
  });
}
