/** Where this program is installed and which version it is; the same from `src/` and from `dist/`. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Root of the installation, with a trailing slash. */
export const packageRoot: string = fileURLToPath(new URL("..", import.meta.url));

export function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(`${packageRoot}package.json`, "utf8"));
  if (typeof manifest === "object" && manifest !== null && "version" in manifest) return String(manifest.version);
  return "unknown";
}

/** Names of the addon and of the plug-ins beside it, such as that of DPDK; none where there is no such folder. */
export function addonFiles(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder).filter((name) => /^nicbench\w*\.(node|so)$/.test(name)) : [];
}
