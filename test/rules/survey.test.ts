/** Files of rules: counted, and looked through for mistakes. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { surveyRules } from "../../src/rules/survey.js";

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "nicbench-rules-"));
  file = join(folder, "rules.txt");
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const ruleOf = (pattern: string, group = 0) =>
  `flow create 0 ingress group ${group} pattern ${pattern} / end actions drop / end`;

describe("a file of rules", () => {
  it("is counted by group and pattern, the most first", async () => {
    const hosts = Array.from({ length: 30 }, (_, i) => ruleOf(`eth / ipv4 src is 10.0.0.${i}`, 1));
    await writeFile(file, ["# rules", "port stop 0", "flow flush 0", "", ruleOf("eth"), ...hosts].join("\r\n"));
    expect(surveyRules(file)).toEqual({
      rules: 31,
      others: 2,
      kinds: [
        { group: 1, pattern: "eth / ipv4 src", rules: 30 },
        { group: 0, pattern: "eth", rules: 1 },
      ],
      problems: 0,
      first: [],
    });
  });

  it("is read to its end in spite of mistakes, of which the first are kept", async () => {
    await writeFile(file, [...Array.from({ length: 50 }, () => "flow create 0 x"), ruleOf("eth")].join("\n"));
    const { rules, problems, first } = surveyRules(file);
    expect({ rules, problems }).toEqual({ rules: 1, problems: 50 });
    expect(first).toHaveLength(20);
    expect(first[3]?.place).toEqual({ source: file, line: 4, column: 15 });
  });

  it("has the right lines where it is read in pieces", async () => {
    const many = Array.from({ length: 5000 }, () => ruleOf("eth / ipv4 src is 1.2.3.4 / udp dst is 53"));
    await writeFile(file, [...many, "flow create 0 x", ...many].join("\n"));
    const { rules, first } = surveyRules(file);
    expect(rules).toBe(10_000);
    expect(first[0]?.place.line).toBe(5001);
  });

  it("takes no memory for every group that it has", async () => {
    await writeFile(file, Array.from({ length: 1500 }, (_, group) => ruleOf("eth", group)).join("\n"));
    const { rules, kinds } = surveyRules(file);
    expect({ rules, kinds: kinds.length }).toEqual({ rules: 1500, kinds: 1000 });
  });

  it("is refused where it is none", async () => {
    const unreadable = expect.objectContaining({ code: "RULES_UNREADABLE" }) as Error;
    expect(() => surveyRules(join(folder, "none.txt"))).toThrow(unreadable);
    expect(() => surveyRules(folder)).toThrow(unreadable);
    await writeFile(file, `\n${"x".repeat(200_000)}`);
    const tooLong = {
      code: "RULES_LINE",
      message: expect.stringContaining("rules.txt:2: the line has more") as string,
    };
    expect(() => surveyRules(file)).toThrow(expect.objectContaining(tooLong) as Error);
  });
});
