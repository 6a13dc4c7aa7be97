import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Compiles src/ to dist/ and bundles the agent before any test starts, and gives all tests one folder for what they write.
 *
 * @returns what removes that folder when the last test has ended
 */
export function setup(): () => void {
  const root = fileURLToPath(new URL("..", import.meta.url));
  for (const step of [["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"], ["scripts/bundle-agent.mjs"]])
    execFileSync(process.execPath, step, { cwd: root, stdio: "inherit" });
  const folder = mkdtempSync(join(tmpdir(), "nicbench-tests-"));
  process.env["TMPDIR"] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
