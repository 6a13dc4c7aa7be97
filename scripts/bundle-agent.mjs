// Bundles the agent with the packages that it needs into one file, dist/agent.mjs: what hosts get that are reached by SSH.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

await build({
  stdin: { contents: 'import { runAgent } from "./src/cli/agent_command.ts"; await runAgent();', resolveDir: root },
  outfile: `${root}dist/agent.mjs`,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  // Packages in CommonJS look for `require`, which ES modules lack.
  banner: {
    js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
  },
  logLevel: "warning",
});
