// Runs vitest, and the files with a failed test once more, one at a time. Most of these tests run real programs in
// real time, and a machine shared with others starves one of a thousand now and then: what fails twice is broken.
// What passed only alone is listed, since a test that needs luck is to be mended too.
//
// vitest.mjs <folder for reports>: writes there `counts` ("passed failed skipped") and `second-try` (names of tests).
// Exit 0 if every test passed in the end.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

const folder = process.argv[2];

const first = run("vitest", []);
const files = first.testResults
  .filter((file) => file.status === "failed")
  .map((file) => relative(process.cwd(), file.name));
let failed = first.failedTests;
let secondTry = [];
let succeeded = first.success;

if (files.length > 0) {
  console.log(`\n#### second try, one file at a time: ${files.join(" ")}`);
  const again = run("vitest-again", ["--no-file-parallelism", ...files]);
  failed = again.failedTests;
  secondTry = first.failedTests.filter((name) => !failed.includes(name));
  // A first run may also have failed for an error outside of all tests; that has no second try.
  succeeded = again.success && !first.errorsOutside;
}

const failures = Math.max(failed.length, succeeded ? 0 : 1);
const passed = first.numTotalTests - first.skipped - failed.length;
writeFileSync(join(folder, "counts"), `${passed} ${failures} ${first.skipped}\n`);
writeFileSync(join(folder, "second-try"), secondTry.map((name) => `${name}\n`).join(""));
writeFileSync(join(folder, "failed"), failed.map((name) => `${name}\n`).join(""));
process.exit(succeeded ? 0 : 1);

function run(name, args) {
  const path = join(folder, `${name}.json`);
  const { status } = spawnSync(
    "npx",
    ["vitest", "run", "--reporter=default", "--reporter=json", `--outputFile.json=${path}`, ...args],
    { stdio: "inherit" },
  );
  const report = JSON.parse(readFileSync(path, "utf8"));
  const failedFiles = report.testResults.filter((file) => file.status === "failed");
  return {
    ...report,
    skipped: report.numPendingTests + report.numTodoTests,
    success: status === 0,
    errorsOutside: status !== 0 && failedFiles.length === 0,
    failedTests: failedFiles.flatMap(failuresOf),
  };
}

/** Names of the failed tests of a file; the file's own where it could not be loaded. */
function failuresOf(file) {
  const path = relative(process.cwd(), file.name);
  const tests = file.assertionResults.filter(({ status }) => status === "failed");
  return tests.length === 0 ? [path] : tests.map(({ fullName }) => `${path}: ${fullName}`);
}
