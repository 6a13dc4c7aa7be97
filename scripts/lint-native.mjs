// Checks native/: formatting by the pinned clang-format, which way includes point, and how lines are fetched ahead.
//
//   node scripts/lint-native.mjs [--fix] [folder]
//
// --fix formats the files in place; folder is the one that has native/ in it, by default this repository.
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

const CLANG_FORMAT = 14;

/** From the top down: a folder may include from those below it. */
const LAYERS = ["addon", "dataplane", "trafficgen", "softnic", "xdprules", "io", "hashtables", "packet", "common"];
const NODE_API = /^(napi|node_api|js_native_api)/;

const flags = process.argv.slice(2);
const fix = flags.includes("--fix");
const root = flags.find((flag) => flag !== "--fix") ?? fileURLToPath(new URL("..", import.meta.url));
const native = join(root, "native");

function sources() {
  return readdirSync(native, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /[.](h|cc)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function problemsOf(file) {
  const folder = relative(native, file).split(sep)[0];
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.flatMap((line, i) => {
    const included = /^\s*#\s*include\s*["<]([^">]+)[">]/.exec(line)?.[1];
    const why = included === undefined ? prefetchProblem(file, line) : whyNot(folder, included);
    return why === undefined ? [] : [`${relative(root, file)}:${i + 1}: ${why}`];
  });
}

function prefetchProblem(file, line) {
  if (!line.includes("__builtin_prefetch") || file.endsWith(join("common", "prefetch.h"))) return undefined;
  return "fetch ahead by common/prefetch.h, which says why";
}

function whyNot(folder, included) {
  if (NODE_API.test(included)) return folder === "addon" ? undefined : `only native/addon may include ${included}`;
  const target = included.includes("/") ? included.split("/")[0] : folder;
  if (!LAYERS.includes(folder)) return `native/${folder} has no place in LAYERS of scripts/lint-native.mjs`;
  const up = LAYERS.includes(target) && LAYERS.indexOf(target) < LAYERS.indexOf(folder);
  return up ? `native/${folder} may not include ${included}: native/${target} is above it` : undefined;
}

function clangFormat() {
  for (const command of [`clang-format-${CLANG_FORMAT}`, "clang-format"]) {
    const { stdout } = spawnSync(command, ["--version"], { encoding: "utf8" });
    if (stdout?.includes(`version ${CLANG_FORMAT}.`)) return command;
  }
  console.error(
    `lint-native: clang-format ${CLANG_FORMAT} is missing. Install it: apt-get install clang-format-${CLANG_FORMAT}`,
  );
  process.exit(1);
}

function format(files, flags) {
  try {
    execFileSync(clangFormat(), [...flags, ...files], { stdio: "inherit", cwd: root });
    return true;
  } catch (error) {
    if (error.status === undefined) throw error;
    return false;
  }
}

const files = sources();
const problems = files.flatMap(problemsOf);
for (const problem of problems) console.error(problem);
const formatted = format(files, fix ? ["-i"] : ["--dry-run", "-Werror", "--ferror-limit=1"]);
if (!formatted) console.error("lint-native: format with: node scripts/lint-native.mjs --fix");
process.exit(problems.length === 0 && formatted ? 0 : 1);
