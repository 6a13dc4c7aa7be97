/** What `nicbench gate --against` does: the build there and this one in turns. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { UserError } from "../errors.js";
import { gateInPairs, pooled, type RunPair } from "../gate/pairs.js";
import { checkRules, chooseRules, metricNamed, type RuleFlags } from "../gate/rules.js";
import { parseDuration } from "../units.js";
import { wholeNumber } from "./choices.js";
import { measureOnce, onlyPoints } from "./gate_measure.js";
import { listenForInterrupt, type Interrupt } from "./interrupt.js";
import { requestOf } from "./run_command.js";
import type { GateReport } from "../report/comparison/input.js";
import type { RunRequest } from "../runner/prepare.js";
import type { GateFlags } from "./gate_flags.js";

/** Runs the suite in turns with the build there and with this one. */
export async function holdAgainst(
  name: string,
  directory: string,
  chosen: RuleFlags,
  flags: GateFlags,
): Promise<Omit<GateReport, "strict">> {
  const budgetSeconds = flags.budget === undefined ? Number.POSITIVE_INFINITY : parseDuration(flags.budget);
  const input = { pairs: wholeNumber(flags.pairs, "pairs"), budgetSeconds };
  const agentCommand = otherAgent(directory);
  const interrupt = listenForInterrupt();
  try {
    const request = await requestOf(name, flags, interrupt.signal);
    if (Object.values(request.testbed.hosts).some(({ kind }) => kind !== "local")) throw notLocal(request.testbed.name);
    const rules = chooseRules(request.suite.gate, chosen);
    for (const { metric } of rules) metricNamed(metric, request.suite.metrics);
    const once = { ...request, suite: { ...request.suite, repeat: { min: 1, max: 1 } } };
    const other = { ...once, access: { ...once.access, agentCommand } };
    const measure = (index: number, points?: ReadonlySet<string>) =>
      measurePair(onlyPoints(once, points), onlyPoints(other, points), index, flags, interrupt);
    const { judgement, pairs } = await gateInPairs({ ...input, rules, measure, now: () => performance.now() / 1000 });
    const both = pooled(pairs);
    checkRules(rules, both.baseline, both.baseline.metrics);
    return { judgement, ...both };
  } finally {
    interrupt.dispose();
  }
}

/** Each pair has traffic of its own, and every second one the other order. */
async function measurePair(
  request: RunRequest,
  other: RunRequest,
  index: number,
  flags: GateFlags,
  interrupt: Interrupt,
): Promise<RunPair> {
  const seed = (request.seed ?? 1) + index;
  const before = () => measureOnce({ ...other, seed }, undefined, flags, interrupt);
  const after = () => measureOnce({ ...request, seed }, undefined, flags, interrupt);
  if (index % 2 === 0) {
    const baseline = await before();
    return { baseline, candidate: await after() };
  }
  const candidate = await after();
  return { baseline: await before(), candidate };
}

/** @throws {UserError} `GATE_NO_BUILD`: there is no nicbench in the folder */
function otherAgent(directory: string): readonly string[] {
  const program = resolve(directory, "bin", "nicbench.js");
  if (existsSync(program)) return [process.execPath, program, "agent"];
  const problem = `There is no nicbench in ${directory}: ${program} is missing.`;
  const hint = "Name a checkout that was built (npm ci), such as: git worktree add ../before main";
  throw new UserError("GATE_NO_BUILD", problem, hint);
}

function notLocal(testbed: string): UserError {
  const problem = `--against starts the other build on this machine, and testbed ${testbed} has other hosts.`;
  return new UserError("GATE_NOT_LOCAL", problem, "Measure on the testbed that ships, or use a stored --baseline.");
}
