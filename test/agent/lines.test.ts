import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { readLines } from "../../src/agent/lines.js";

/** What a listener is told about these chunks. */
async function told(chunks: readonly (string | Buffer)[], maxBytes?: number): Promise<readonly string[]> {
  const events: string[] = [];
  await new Promise<void>((resolve) => {
    const stream = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
    const listener = {
      onLine: (line: string) => events.push(`line ${line}`),
      onGarbage: (start: string) => events.push(`garbage ${start}`),
      onEnd: (rest: string) => events.push(`end ${rest}`),
    };
    readLines(stream, listener, maxBytes);
    stream.on("close", resolve);
  });
  return events;
}

describe("lines", () => {
  it("are put together from chunks, however these are cut", async () => {
    const text = '{"a":"ü"}\n\n{"b":2}\n';
    const whole = ['line {"a":"ü"}', 'line {"b":2}', "end "];
    expect(await told([text])).toEqual(whole);
    expect(await told([...Buffer.from(text)].map((byte) => Buffer.from([byte])))).toEqual(whole);
  });

  it("hand over a last line without a line break at the end", async () => {
    expect(await told(['{"a":1}\n{"b"'])).toEqual(['line {"a":1}', 'end {"b"']);
  });

  it("are refused at the first byte that cannot begin a message", async () => {
    expect(await told(['{"a":1}\n', "Bus error\n", '{"b":2}\n'])).toEqual(['line {"a":1}', "garbage Bus error"]);
  });

  it("are refused when they are too long, and show no more than their start", async () => {
    const [event] = await told([`{${"x".repeat(500)}`, "x".repeat(1000)], 1000);
    expect(event).toBe(`garbage {${"x".repeat(199)}`);
  });
});
