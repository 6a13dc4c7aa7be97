/** The lines of a file of any length, one at a time. */
import { closeSync, openSync, readSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { codeOf, UserError } from "../errors.js";

/** No rule comes near this; a file without line breaks is no file of rules. */
const MAX_LINE = 64 * 1024;
const CHUNK_BYTES = 64 * 1024;

/**
 * @returns lines without their breaks; the first is number 1
 * @throws {UserError} RULES_UNREADABLE; RULES_LINE: a line that is too long to be a rule
 */
export function* linesOf(file: string): Generator<string, void> {
  let number = 0;
  let rest = "";
  for (const text of chunksOf(file)) {
    const lines = (rest + text).split(/\r?\n/);
    rest = lines.pop() ?? "";
    yield* lines;
    number += lines.length;
    if (rest.length > MAX_LINE) throw tooLong(file, number + 1);
  }
  if (rest !== "") yield rest;
}

function* chunksOf(file: string): Generator<string, void> {
  const decoder = new StringDecoder("utf8");
  const buffer = Buffer.alloc(CHUNK_BYTES);
  const descriptor = ofFile(file, () => openSync(file, "r"));
  try {
    for (;;) {
      const bytes = ofFile(file, () => readSync(descriptor, buffer));
      if (bytes === 0) return;
      yield decoder.write(buffer.subarray(0, bytes));
    }
  } finally {
    closeSync(descriptor);
  }
}

function ofFile<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw unreadable(file, error);
  }
}

function tooLong(file: string, line: number): UserError {
  const message = `${file}:${line}: the line has more than ${MAX_LINE} characters, which no rule has.`;
  return new UserError("RULES_LINE", message, "Give a text file with one testpmd command a line.");
}

function unreadable(file: string, error: unknown): unknown {
  const code = codeOf(error);
  if (code === undefined) return error;
  const message = `${file} cannot be read: ${code === "ENOENT" ? "there is no such file" : code}.`;
  return new UserError("RULES_UNREADABLE", message, "Give a text file with one testpmd command a line.", {
    cause: error,
  });
}
