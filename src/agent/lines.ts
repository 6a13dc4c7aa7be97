/** Splits a byte stream into lines of bounded length, whatever the other side sends. */
import type { Readable } from "node:stream";

/** A series of one hour at 1 ms is about 30 MiB; no honest message comes near this. */
export const MAX_LINE_BYTES = 64 * 1024 * 1024;

export interface LineListener {
  /** Without its line break; never empty. */
  onLine(line: string): void;
  /** The start of a line that is too long, or that cannot be a message; nothing is read after it. */
  onGarbage(start: string): void;
  /** The stream ended; `rest` is a last line without a line break. */
  onEnd(rest: string): void;
}

/**
 * Every message is a JSON object, so a line that starts with anything but `{` is refused at its first
 * byte: an agent that pours out gigabytes costs no memory.
 */
export function readLines(stream: Readable, listener: LineListener, maxBytes: number = MAX_LINE_BYTES): void {
  let chunks: Buffer[] = [];
  let length = 0;
  let refused = false;
  const refuse = (): void => {
    refused = true;
    listener.onGarbage(Buffer.concat(chunks).subarray(0, GARBAGE_SHOWN).toString("utf8"));
    chunks = [];
  };
  const add = (piece: Buffer): void => {
    if (piece.length === 0) return;
    chunks.push(piece);
    length += piece.length;
    if (length > maxBytes || chunks[0]?.[0] !== OPEN_BRACE) refuse();
  };
  stream.on("data", (data: Buffer) => {
    let start = 0;
    while (!refused) {
      const end = data.indexOf(LINE_FEED, start);
      add(data.subarray(start, end < 0 ? undefined : end));
      if (end < 0 || refused) return;
      if (length > 0) listener.onLine(Buffer.concat(chunks).toString("utf8"));
      [chunks, length, start] = [[], 0, end + 1];
    }
  });
  stream.on("end", () => {
    if (!refused) listener.onEnd(Buffer.concat(chunks).toString("utf8"));
  });
}

const GARBAGE_SHOWN = 200;
const LINE_FEED = 0x0a;
const OPEN_BRACE = 0x7b;
