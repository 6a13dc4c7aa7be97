#!/usr/bin/env node
// Measures what nicbench takes beside the data path: a command over SSH, output over SSH, a request to an agent, and what a
// trial costs more than the data path's own phases. docs/methodology.md ("What orchestration costs") has what came out.
//
//   npm run build && sudo node scripts/measure-orchestration.mjs [rounds]
//
// Needs root, iproute2 and openssh-server, for two namespaces with an SSH server each. What is compared is measured by turns
// in each round; a line is the median over rounds, with the smallest and the largest.
import { measureSsh } from "./orchestration/ssh.mjs";
import { measureTrials } from "./orchestration/trials.mjs";
import { median } from "../dist/statistics/median.js";

const rounds = Number(process.argv[2] ?? 5);

const results = [];
for (let round = 0; round < rounds; round += 1) {
  process.stderr.write(`round ${round + 1} of ${rounds}\n`);
  results.push({ ...(await measureSsh()), ...(await measureTrials(round)) });
}

const digits = (value) => value.toPrecision(3);
for (const name of Object.keys(results[0])) {
  const values = results.map((result) => result[name]);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  process.stdout.write(`${name.padEnd(66)}  ${digits(median(values))} (${digits(least)} to ${digits(most)})\n`);
}
