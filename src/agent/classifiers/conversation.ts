/** A long-lived program that is told lines, and whose answers end with a mark. */
import { UserError } from "../../errors.js";
import { excerpt } from "./classifier.js";
import type { ChildProcessWithoutNullStreams } from "node:child_process";

export interface Manners {
  /** In messages and, in capitals, in codes: `nft`. */
  readonly program: string;
  /** Added to each line, so that the answer ends with a mark. */
  readonly ask: string;
  /** The mark at the end of an answer, with the line end before it as its first group. Of at most 200 characters. */
  readonly mark: RegExp;
}

/** Sends a line, and gives what is said until it is dealt with. One at a time. @throws {UserError} <PROGRAM>_DIED */
export type Exchange = (line: string) => Promise<string>;

interface Waiting {
  readonly resolve: (said: string) => void;
  readonly reject: (reason: UserError) => void;
}

const TAIL = 250;

export interface Conversation {
  readonly exchange: Exchange;
  /** Rejects with <PROGRAM>_DIED once the program has ended. */
  readonly gone: Promise<never>;
}

export function conversation(child: ChildProcessWithoutNullStreams, { program, ask, mark }: Manners): Conversation {
  let chunks: string[] = [];
  let tail = "";
  let waiting: Waiting | undefined;
  let dead: UserError | undefined;
  let tellEnd: (reason: UserError) => void = () => undefined;
  const gone = new Promise<never>((_, reject) => (tellEnd = reject));
  gone.catch(() => undefined); // Whoever waits for it is told all the same.
  const end = (how: string): void => {
    dead ??= died(program, how, chunks.join(""));
    waiting?.reject(dead);
    tellEnd(dead);
  };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    chunks.push(chunk);
    tail = (tail + chunk).slice(-TAIL);
    if (!mark.test(tail)) return;
    const said = chunks.join("").replace(mark, "$1");
    [chunks, tail] = [[], ""];
    waiting?.resolve(said);
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => chunks.push(chunk));
  child.on("error", ({ message }) => end(message));
  child.on("close", (code, signal) => end(signal ?? `exit code ${String(code)}`));
  // It has gone: `close` tells.
  child.stdin.on("error", () => undefined);
  const exchange: Exchange = (line) =>
    new Promise((resolve, reject) => {
      if (dead !== undefined) return reject(dead);
      waiting = { resolve, reject };
      child.stdin.write(`${line}\n${ask}`);
    });
  return { exchange, gone };
}

function died(program: string, how: string, said: string): UserError {
  const words = excerpt(said);
  return new UserError(
    `${program.toUpperCase()}_DIED`,
    `${program} ended in the middle of the trial (${how}); it said ${words === "" ? "nothing" : `: ${words}`}.`,
    "Out of memory? See dmesg.",
  );
}
