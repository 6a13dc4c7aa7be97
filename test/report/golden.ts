import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";

/**
 * Compares a value with `test/fixtures/report/<name>`. `UPDATE_GOLDENS=1` writes the file instead: look at the
 * difference before you commit it.
 */
export function expectGolden(name: string, value: unknown): void {
  const path = fileURLToPath(new URL(`../fixtures/report/${name}`, import.meta.url));
  const text = `${JSON.stringify(value, null, 1)}\n`;
  if (process.env["UPDATE_GOLDENS"] === "1") {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  expect(existsSync(path), `${path} is missing; write it with UPDATE_GOLDENS=1`).toBe(true);
  expect(JSON.parse(text)).toEqual(JSON.parse(readFileSync(path, "utf8")));
}
