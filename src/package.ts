/** Where this program is installed and which version it is; the same from `src/` and from `dist/`. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Root of the installation, with a trailing slash. */
export const packageRoot: string = fileURLToPath(new URL("..", import.meta.url));

export function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(`${packageRoot}package.json`, "utf8"));
  if (typeof manifest === "object" && manifest !== null && "version" in manifest) return String(manifest.version);
  return "unknown";
}
