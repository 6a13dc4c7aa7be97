/** A log of a run, such as what an agent writes to stderr, kept within bounds. */
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";

export interface AgentLog {
  readonly write: (data: Buffer) => void;
  /** The last lines written, for the reason of a failure. */
  readonly lastWords: () => string;
  readonly close: () => void;
}

/** An agent that writes without end must not fill the disk that the results go to. */
const MAX_LOG_BYTES = 16 * 1024 * 1024;
const LAST_WORDS_BYTES = 500;

/** Appends to `file`. A log that cannot be written is no reason to stop: what it would say is lost, no more. */
export function openLog(file: string): AgentLog {
  let descriptor = tryTo(() => {
    mkdirSync(dirname(file), { recursive: true });
    return openSync(file, "a");
  });
  let written = 0;
  let tail = Buffer.alloc(0);
  const append = (data: Buffer | string): void => {
    if (descriptor !== undefined) tryTo(() => writeSync(descriptor ?? -1, data.toString()));
  };
  return {
    write: (data) => {
      tail = Buffer.concat([tail, data]).subarray(-LAST_WORDS_BYTES);
      if (written > MAX_LOG_BYTES) return;
      written += data.length;
      append(data);
      if (written > MAX_LOG_BYTES) append(`\n[nicbench: the log is cut here, after ${MAX_LOG_BYTES} bytes]\n`);
    },
    lastWords: () => tail.toString("utf8").trim().split("\n").slice(-3).join(" / "),
    close: () => {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };
}

function tryTo<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
