/** Files of rules for trials. */
import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isRuleFile } from "../../src/rules/file_name.js";
import { MOST_LISTED, readRuleFile, rulesOfFile } from "../../src/rules/rule_file.js";
import { problemText } from "../../src/yaml/problems.js";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nicbench-rules-"));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

const commandOf = (pattern: string, attributes = ""): string =>
  `flow create 0 ingress ${attributes} pattern ${pattern} / end actions drop / end`;

async function fileOf(name: string, lines: readonly string[]): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, lines.join("\n"));
  return file;
}

const problemsOf = (file: string): readonly string[] => readRuleFile(file).problems.map(problemText);

describe("a file of rules", () => {
  it("has the line of each rule", async () => {
    const file = await fileOf("good.rules", ["# ours", "", commandOf("eth"), "flow flush 0", commandOf("eth / ipv4")]);
    expect(rulesOfFile(file).map(({ line }) => line)).toEqual([3, 5]);
  });

  it("is read again once it has changed", async () => {
    const file = await fileOf("changing.rules", [commandOf("eth")]);
    expect(rulesOfFile(file)).toHaveLength(1);
    await fileOf("changing.rules", [commandOf("eth"), commandOf("eth / ipv4")]);
    expect(rulesOfFile(file)).toHaveLength(2);
  });

  it("says what is wrong, with line and column, and is no file of rules then", async () => {
    const file = await fileOf("bad.rules", [commandOf("eth"), commandOf("eth / ipx"), commandOf("eth / tcp")]);
    expect(problemsOf(file)).toEqual([
      expect.stringContaining("bad.rules:2:38: pattern: 'ipx' where one of"),
      expect.stringContaining("bad.rules:3:38: pattern.tcp: cannot come after eth"),
    ]);
    expect(() => rulesOfFile(file)).toThrow(expect.objectContaining({ code: "RULES_INVALID" }) as Error);
  });

  it("has no two rules that match the same in a group, of which one would take no frame", async () => {
    const [one, other] = [
      commandOf("eth / ipv4 src is 10.0.0.1"),
      commandOf("eth / ipv4 src is 0x0a000001", "priority 3"),
    ];
    const file = await fileOf("twice.rules", [one, commandOf("eth / ipv4 src is 10.0.0.1", "group 1"), other]);
    expect(problemsOf(file)).toEqual([
      expect.stringContaining("twice.rules:3:1: pattern: is that of line 1 in the same"),
    ]);
  });

  it("is refused where it is none, has none, or is larger than any", async () => {
    expect(problemsOf(join(folder, "none.rules"))[0]).toContain("none.rules: cannot be read: ENOENT");
    expect(problemsOf(folder)[0]).toContain("cannot be read: EISDIR");
    expect(problemsOf(await fileOf("empty.rules", ["# nothing"]))[0]).toContain("empty.rules: has no rule, such as");
    const large = await fileOf("large.rules", []);
    await truncate(large, 65 * 2 ** 20);
    expect(problemsOf(large)).toEqual([expect.stringContaining("takes files of at most 67108864")]);
  });

  it("of too many rules is read no further than the first that is too many", async () => {
    const lines = Array.from({ length: MOST_LISTED + 1000 }, (_, i) => commandOf(`eth src is ${i}`));
    const file = await fileOf("many.rules", lines);
    expect(readRuleFile(file).rules).toHaveLength(MOST_LISTED);
    expect(problemsOf(file)).toEqual([
      expect.stringContaining(`:${MOST_LISTED + 1}:1: is rule number ${MOST_LISTED + 1}`),
    ]);
  });

  it("with many mistakes is read no further than the first twenty", async () => {
    const lines = Array.from({ length: 1000 }, () => commandOf("eth"));
    expect(problemsOf(await fileOf("same.rules", lines))).toHaveLength(20);
  });
});

describe("a name", () => {
  it.each(["acl.rules", "sets/fw.txt", "../x.rules"])("is that of a file: %s", (name) => {
    expect(isRuleFile(name)).toBe(true);
  });

  it.each(["100k", "1.5k", "16Ki", "2.5M", "1e6"])("is a number: %s", (name) => {
    expect(isRuleFile(name)).toBe(false);
  });
});
