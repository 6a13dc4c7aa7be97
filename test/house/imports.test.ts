/** The layering rules themselves: a rule that never fires protects nothing. */
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "nicbench-imports-"));
  await copyFile(join(ROOT, "tsconfig.json"), join(folder, "tsconfig.json"));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** Names of the rules that were broken, as `rule: from -> to`. */
async function brokenRules(): Promise<readonly string[]> {
  const config = join(ROOT, ".dependency-cruiser.cjs");
  const program = join(ROOT, "node_modules/.bin/depcruise");
  const { stdout } = await execa(program, ["--config", config, "--output-type", "json", "src"], {
    cwd: folder,
    reject: false,
  });
  const report = JSON.parse(stdout) as {
    summary: { violations: { rule: { name: string }; from: string; to: string }[] };
  };
  return report.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`);
}

describe("the import rules", { timeout: 60_000 }, () => {
  it("accept imports that point down", async () => {
    await write({
      "src/cli/main.ts": `import { run } from "../runner/run.js";\nrun();\n`,
      "src/runner/run.ts": `import { UserError } from "../errors.js";\nexport function run(): void { throw new UserError(); }\n`,
      "src/errors.ts": `export class UserError extends Error {}\n`,
    });
    expect(await brokenRules()).toEqual([]);
  });

  it("refuse an import that points up, even of a type", async () => {
    await write({
      "src/cli/main.ts": `import { load } from "../suite/load.js";\nexport interface Flags { n: number }\nload({ n: 1 });\n`,
      "src/suite/load.ts": `import type { Flags } from "../cli/main.js";\nexport function load(_: Flags): void {}\n`,
    });
    expect(await brokenRules()).toContain("suite-imports-down: src/suite/load.ts -> src/cli/main.ts");
  });

  it("refuse modules that import each other", async () => {
    await write({
      "src/cli/main.ts": `import { b } from "./b.js";\nexport const a = 1;\nb();\n`,
      "src/cli/b.ts": `import { a } from "./main.js";\nexport const b = (): number => a;\n`,
    });
    expect((await brokenRules()).map((rule) => rule.split(":")[0])).toContain("no-cycles");
  });

  it("refuse native code in the orchestrator", async () => {
    await write({
      "src/cli/main.ts": `import { addon } from "../native/addon.js";\naddon();\n`,
      "src/native/addon.ts": `export function addon(): void {}\n`,
    });
    expect(await brokenRules()).toContain("native-only-in-agents: src/cli/main.ts -> src/native/addon.ts");
  });

  it("refuse a module that no command and no test reaches", async () => {
    await write({
      "src/cli/main.ts": `export {};\n`,
      "src/report/old.ts": `import { unit } from "../units.js";\nexport const old = unit;\n`,
      "src/units.ts": `export const unit = "s";\n`,
    });
    const rules = await brokenRules();
    expect(rules.some((rule) => rule.startsWith("no-dead-modules") && rule.includes("src/report/old.ts"))).toBe(true);
  });

  it("refuse a folder without a place in the list", async () => {
    await write({
      "src/cli/main.ts": `import { misc } from "../utils/misc.js";\nmisc();\n`,
      "src/utils/misc.ts": `export function misc(): void {}\n`,
    });
    expect(await brokenRules()).toContain("known-folder: src/cli/main.ts -> src/utils/misc.ts");
  });
});

describe("the include rules of native code", { timeout: 60_000 }, () => {
  async function complaints(): Promise<string> {
    const script = join(ROOT, "scripts/lint-native.mjs");
    const { stderr } = await execa(process.execPath, [script, folder], { reject: false });
    return stderr;
  }

  it("refuse an include that points up", async () => {
    await write({ "native/common/clock.h": `#include "packet/parser.h"\n` });
    expect(await complaints()).toContain("native/common/clock.h:1: native/common may not include packet/parser.h");
  });

  it("refuse Node's headers outside the addon", async () => {
    await write({ "native/io/frame.h": `#include <napi.h>\n` });
    expect(await complaints()).toContain("native/io/frame.h:1: only native/addon may include napi.h");
  });

  it("accept includes that point down", async () => {
    await write({ "native/addon/addon.cc": `#include <napi.h>\n\n#include "common/clock.h"\n` });
    expect(await complaints()).not.toContain("native/addon/addon.cc:");
  });
});
