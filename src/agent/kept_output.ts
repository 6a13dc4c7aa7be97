/** What a program writes, kept in memory within bounds: its beginning and its end. */

export interface KeptOutput {
  readonly add: (data: Buffer) => void;
  /** With a line that says how much is missing where it was too much. */
  readonly text: () => string;
  readonly isCut: () => boolean;
}

/** A minute of a chatty program; a hundred times the JSON of a client. */
const MAX_BYTES = 4 * 1024 * 1024;

export function keepOutput(maxBytes = MAX_BYTES): KeptOutput {
  const half = maxBytes / 2;
  const head: Buffer[] = [];
  let headBytes = 0;
  let tail: Buffer[] = [];
  let tailBytes = 0;
  let cutBytes = 0;
  const addToTail = (data: Buffer): void => {
    tail.push(data);
    tailBytes += data.length;
    if (tailBytes <= 2 * half) return;
    const all = Buffer.concat(tail);
    cutBytes += all.length - half;
    tail = [all.subarray(-half)];
    tailBytes = half;
  };
  return {
    add: (data) => {
      const room = Math.min(half - headBytes, data.length);
      if (room > 0) head.push(data.subarray(0, room));
      headBytes += room;
      if (room < data.length) addToTail(data.subarray(room));
    },
    text: () => {
      const gap = cutBytes === 0 ? [] : [Buffer.from(`\n[nicbench: ${cutBytes} bytes are left out here]\n`)];
      return Buffer.concat([...head, ...gap, ...tail]).toString("utf8");
    },
    isCut: () => cutBytes > 0,
  };
}
