// Checks the summary that `nicbench run suites/quickstart.yaml --json` printed: every point measured, every frame found.
import { readFileSync } from "node:fs";

const POINTS = 12;
const summary = JSON.parse(readFileSync(process.argv[2], "utf8"));
const problems = [];

if (summary.outcome !== "complete") problems.push(`the run is ${summary.outcome}`);
if (summary.points.length !== POINTS) problems.push(`${summary.points.length} points instead of ${POINTS}`);

for (const { params, status, reason, frames, metrics } of summary.points) {
  const point = JSON.stringify(params);
  if (status !== "ok" && status !== "suspect") problems.push(`${point} is ${status}: ${reason ?? "no reason given"}`);
  if (!(metrics.forwarding_rate?.median > 0)) problems.push(`${point} forwarded nothing`);
  const dropped = (frames?.drops ?? []).reduce((sum, drop) => sum + drop.frames, 0);
  const lost = frames === undefined ? "all" : frames.sent - frames.received - dropped;
  if (lost !== 0 || frames?.conserved !== true) problems.push(`${point} lost track of ${lost} frames`);
}

const total = (key) => summary.points.reduce((sum, { frames }) => sum + (frames?.[key] ?? 0), 0);
console.log(`${summary.points.length} points, trials ${JSON.stringify(summary.trials)}`);
console.log(`${total("sent")} frames sent, ${total("received")} received, the difference dropped and accounted for`);
for (const problem of problems) console.error(`quickstart: ${problem}`);
process.exit(problems.length === 0 ? 0 : 1);
