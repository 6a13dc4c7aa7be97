/** `nicbench rules`: what is in a file of rules, and what is wrong with it. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { program } from "./nicbench.js";

/** `nicbench rules check` on a file of these lines. */
async function check(lines: readonly string[], ...flags: readonly string[]) {
  const { start, folder } = await program();
  await writeFile(join(folder, "rules.txt"), lines.join("\n"));
  return start(["rules", "check", "rules.txt", ...flags]);
}

const ruleOf = (pattern: string, group = 0) =>
  `flow create 0 ingress group ${group} pattern ${pattern} / end actions drop / end`;

describe("nicbench rules check", () => {
  const GOOD = [ruleOf("eth"), ruleOf("eth / ipv4 src is 1.2.3.4", 1), "start"];

  it("says how many rules there are, of which kinds", async () => {
    const { exitCode, stdout } = await check(GOOD);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("rules.txt: 2 rules; other commands left out: 1");
    expect(stdout).toMatch(/^ {2}group 1 +1 +eth \/ ipv4 src$/m);
    expect(JSON.parse((await check(GOOD, "--json")).stdout)).toMatchObject({ rules: 2, others: 1, problems: 0 });
  });

  it("exits with 2 after it has named the mistakes with their places", async () => {
    const { exitCode, stdout, stderr } = await check([ruleOf("eth"), ruleOf("ipv4 scr is 1.2.3.4"), "flow crate 0"]);
    expect(exitCode).toBe(2);
    expect(stdout).toContain("rules.txt: 1 rule");
    expect(stderr).toContain("2 problems in");
    expect(stderr).toMatch(/rules\.txt:2:44: pattern\.ipv4: 'scr' where one of .* did you mean 'src'\?/);
    expect(stderr).toContain("rules.txt:3:6: 'crate'");
    expect(stderr).not.toContain("    at "); // no stack
  });

  it("says so if a file has none", async () => {
    const { exitCode, stderr } = await check(["# nothing"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("has no rule");
  });
});
