import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openJournal, readJournal, walkJournal } from "../../src/results/journal.js";
import { temporaryFolder } from "../agent/agents.js";
import { sampleTrial } from "./sample.js";

async function written(text: string): Promise<string> {
  const file = join(await temporaryFolder(), "journal.ndjson");
  await writeFile(file, text);
  return file;
}

const line = (repetition: number): string => `${JSON.stringify(sampleTrial("aaa", repetition))}\n`;

describe("the journal", () => {
  it("gives back what was appended, also through a second process's eyes", async () => {
    const file = await written("");
    const journal = await openJournal(file, 0);
    await journal.append(sampleTrial("aaa", 0));
    await journal.append({ type: "skip", point: "bbb", reason: "no such table" });
    const { entries, torn } = await readJournal(file);
    expect(entries).toEqual([sampleTrial("aaa", 0), { type: "skip", point: "bbb", reason: "no such table" }]);
    expect(torn).toBe(false);
    await journal.close();
  });

  it("is read up to a last line that a crash cut off, wherever it was cut", async () => {
    const whole = line(0) + line(1);
    for (const cut of [1, 20, line(2).length - 1]) {
      const { entries, torn, wholeBytes } = await readJournal(await written(whole + line(2).slice(0, cut)));
      expect(entries).toHaveLength(2);
      expect({ torn, wholeBytes }).toEqual({ torn: true, wholeBytes: Buffer.byteLength(whole) });
    }
  });

  it("takes zeros at its end, as a power failure leaves them, for a torn line", async () => {
    expect(await readJournal(await written(`${line(0)}${"\0".repeat(100)}`))).toMatchObject({ torn: true });
    expect(await readJournal(await written(`${line(0)}${"\0".repeat(100)}\n`))).toMatchObject({ torn: true });
  });

  it("is continued on a line of its own after a torn one", async () => {
    const file = await written(`${line(0)}{"type":"tri`);
    const journal = await openJournal(file, (await readJournal(file)).wholeBytes);
    await journal.append(sampleTrial("aaa", 1));
    await journal.close();
    expect(await readFile(file, "utf8")).toBe(line(0) + line(1));
  });

  it("with damage in the middle is refused with the line's number", async () => {
    const file = await written(`${line(0)}oops\n${line(1)}`);
    await expect(readJournal(file)).rejects.toMatchObject({ code: "RUN_DAMAGED", message: expect.stringContaining(`${file}:2:`) });
  });

  it("can be walked without its damaged lines", async () => {
    const file = await written(line(0));
    await appendFile(file, '{"half');
    const found = [];
    for await (const entry of walkJournal(file)) found.push(entry);
    expect(found).toEqual([sampleTrial("aaa", 0)]);
  });
});
