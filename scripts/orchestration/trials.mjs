// The trials of a run, and how much of each the requests to its agent take: what is left is the runner's.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resultSchemas } from "../../dist/agent/result_schemas.js";
import { experiments } from "../../dist/experiments/registry.js";
import { packageRoot } from "../../dist/package.js";
import { prepareRun } from "../../dist/runner/prepare.js";
import { executeRun } from "../../dist/runner/run.js";
import { median } from "../../dist/statistics/median.js";
import { loadSuite } from "../../dist/suite/load.js";
import { loadTestbed } from "../../dist/testbed/load.js";

const TRIALS = 30;
const REQUESTS = 100;
const WARM_UP_MS = 20;
const DURATION_MS = 200;
const SUITE = `
nicbench: 1
name: orchestration
experiment: conntrack
with: { table: cuckoo }
traffic: { profile: uniform, flows: 1Ki, rate: 100kpps }
trial: { warmup: ${WARM_UP_MS}ms, duration: ${DURATION_MS}ms }
repeat: { min: ${TRIALS} }
`;
const TESTBEDS = ["local", "netns"];

/** @param round decides which testbed is first */
export async function measureTrials(round) {
  const folder = await mkdtemp(join(tmpdir(), "nicbench-orchestration-"));
  try {
    const file = join(folder, "suite.yaml");
    await writeFile(file, SUITE);
    const measured = {};
    for (const name of round % 2 === 0 ? TESTBEDS : TESTBEDS.toReversed())
      measured[name] = figuresOf(await runOn(name, await loadSuite(file, { experiments }), folder), name);
    return {
      ...Object.assign({}, ...TESTBEDS.map((name) => measured[name].figures)),
      "runs on netns, times as long as on local": measured.netns.seconds / measured.local.seconds,
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A run as `nicbench run` makes it, with an eye on every request. */
async function runOn(name, suite, folder) {
  const testbed = await loadTestbed(join(packageRoot, `testbeds/${name}.yaml`));
  const access = { patience: { waitSeconds: 600, onWait: () => {} }, reconnectSeconds: 1 };
  const { plan, writer, agents } = await prepareRun({ suite, testbed, resultsRoot: folder, command: [], access });
  const requests = [];
  try {
    const [client] = agents.living().values();
    const idle = [];
    for (let count = 0; count < REQUESTS; count += 1) idle.push((await timed(client, "host.clock", {}, 10)).ms);
    const agent = async (...which) => watched(await agents.agent(...which), requests);
    const signal = new AbortController().signal;
    const began = performance.now();
    await executeRun({ plan, writer, agents: { ...agents, agent }, onEvent: () => {}, signal });
    const seconds = (performance.now() - began) / 1000;
    return { requests, trials: writer.trials, requestMs: median(idle), seconds };
  } finally {
    await agents.close();
  }
}

async function timed(client, method, params, limit) {
  const began = performance.now();
  const result = await client.call(method, params, limit);
  return { method, result, ms: performance.now() - began };
}

function watched(client, requests) {
  const call = async (...request) => {
    const done = await timed(client, ...request);
    requests.push(done);
    return done.result;
  };
  return { ...client, call };
}

function figuresOf({ requests, trials, requestMs, seconds }, name) {
  const starts = trials.map(({ startedAt }) => Date.parse(startedAt));
  const periods = starts.slice(1).map((start, index) => start - starts[index]);
  const perTrial = requests.length / trials.length; // before, the trial itself, after
  const each = trials.map((_, index) => requests.slice(index * perTrial, (index + 1) * perTrial));
  const took = each.map((all) => sum(all.map(({ ms }) => ms)));
  const runner = median(periods.map((period, index) => period - took[index]));
  const answers = each.map((all) => sum(all.map(readMs)));
  const part = (method) =>
    median(each.map((all) => sum(all.filter((one) => one.method === method).map(({ ms }) => ms))));
  const added = runner + perTrial * requestMs + median(answers);
  return {
    seconds,
    figures: {
      [`${name}: calibration loop, twice, ms`]: part("calibration.read"),
      [`${name}: trial but its warm-up and duration, ms`]: part("conntrack.run") - WARM_UP_MS - DURATION_MS,
      [`${name}: a request without work, ms`]: requestMs,
      [`${name}: between the requests of two trials, ms`]: runner,
      [`${name}: answers of a trial, read and checked, ms`]: median(answers),
      [`${name}: added to a trial (${perTrial} requests, and the two above), ms`]: added,
    },
  };
}

/** What the size of an answer costs at our end. */
function readMs({ method, result }) {
  const line = JSON.stringify(result);
  const began = performance.now();
  resultSchemas[method].parse(JSON.parse(line));
  return performance.now() - began;
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}
