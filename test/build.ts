import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Compiles src/ to dist/ before any test starts. */
export function setup(): void {
  const root = fileURLToPath(new URL("..", import.meta.url));
  execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"], {
    cwd: root,
    stdio: "inherit",
  });
}
