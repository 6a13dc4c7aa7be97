// Builds the native addon, build/Release/nicbench.node, with cmake-js. Nothing is downloaded.
//
//   npm ci / npm install     runs this with --optional: without a compiler the orchestrator is still of use (reports,
//                            validation, remote hosts), so a missing tool is said once and is no failure
//   npm run build:native     fails if the addon cannot be built
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const log = `${root}build/native-build.log`;
const optional = process.argv.includes("--optional");
const FIX = "apt-get install -y cmake make g++ && npm run build:native";

/** Input only for who reads it: writing to a program that has ended already fails, now and then (EPIPE). */
function works(command, args, input) {
  try {
    execFileSync(command, args, { stdio: [input === undefined ? "ignore" : "pipe", "ignore", "ignore"], input });
    return true;
  } catch {
    return false;
  }
}

/** The first thing that is missing to build, in words; undefined if all is there. */
function missing() {
  if (!works("cmake", ["--version"])) return "cmake is not installed";
  if (!works("ninja", ["--version"]) && !works("make", ["--version"])) return "neither make nor ninja is installed";
  const compiler = process.env.CXX ?? "c++";
  if (!works(compiler, ["--version"])) return `no C++ compiler is installed (${compiler})`;
  if (!works(compiler, ["-std=c++20", "-fsyntax-only", "-x", "c++", "-"], "#include <concepts>\n#include <span>\n")) {
    return `the C++ compiler (${compiler}) does not know C++20; gcc 12 or clang 14 do`;
  }
  return undefined;
}

function giveUp(why, hint) {
  console.error(`nicbench: the native addon was not built: ${why}.\n  hint: ${hint}`);
  if (optional)
    console.error("  Until then nicbench can report, validate and drive other hosts, but measure nothing here.");
  process.exit(optional ? 0 : 1);
}

/** The log is kept here until the end: cmake-js empties the build folder when it cannot configure. */
const output = [];

function build() {
  const arguments_ = ["compile", "--out", "build", "--parallel", String(availableParallelism())];
  // As a dependency of another package, ours lie beside us.
  const cmakeJs = createRequire(import.meta.url).resolve("cmake-js/bin/cmake-js");
  const child = spawn(process.execPath, [cmakeJs, ...arguments_], { cwd: root });
  child.stdout.on("data", (chunk) => output.push(chunk));
  child.stderr.on("data", (chunk) => output.push(chunk));
  return new Promise((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code) => resolve(code === 0 ? undefined : `the build failed, see ${log}`));
  });
}

const lack = missing();
if (lack !== undefined) giveUp(lack, FIX);

console.error("nicbench: building the native addon (a few minutes on two cores) …");
const failure = await build();
const text = Buffer.concat(output).toString();
mkdirSync(`${root}build`, { recursive: true });
writeFileSync(log, text);
if (failure !== undefined) {
  console.error(text.split("\n").slice(-25).join("\n"));
  giveUp(failure, `mend what the log says, then: ${FIX}`);
}
console.error("nicbench: the native addon is built.");
