/** The real program in a folder of its own, with the simulated agent unless told otherwise. */
import { execa } from "execa";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { readRun, type Run } from "../../src/results/reader.js";
import { isConserved } from "../../src/results/summary.js";
import { isRunning, NICBENCH, SIMULATED_AGENT, temporaryFolder } from "../agent/agents.js";

/** Two tables, two sizes, three repetitions: 12 trials. */
export const SUITE = `
nicbench: 1
name: small
title: A small suite
experiment: conntrack
with: { series_interval: 10ms }
traffic: { profile: uniform, rate: max }
matrix:
  table: [cuckoo, chaining-stl]
  traffic.flows: [64Ki, 1Mi]
trial: { warmup: 10ms, duration: 50ms }
repeat: { min: 3 }
plots:
  - { title: Rate, mark: bar, x: traffic.flows, y: forwarding_rate, color: table }
`;

/** A good point, and one whose agent fails as `fault` says. */
export function faultySuite(fault: "crash" | "hang"): string {
  const include = `  include:\n    - { table: cuckoo }\n    - { table: chaining-stl, fault: ${fault} }\n`;
  return SUITE.replace(/  table: .*\n  traffic.flows: .*\n/, include).replace(/plots:[^]*/, "");
}

interface StartedTrial {
  readonly pid: number;
  readonly table: string;
  /** Bytes that its environment was longer by, if that was asked for. */
  readonly padding?: number;
}

export interface Program {
  readonly folder: string;
  /** Lines of the simulated agent's log: one a trial started. */
  trialsStarted(): Promise<readonly StartedTrial[]>;
  /** Starts it, by a `wrapper` that ends with exec if need be; `exitCode` and output when awaited. Never rejects. */
  start(
    args: readonly string[],
    environment?: Readonly<Record<string, string>>,
    wrapper?: readonly string[],
  ): ReturnType<typeof launch>;
  /** The only run in ./results. */
  onlyRun(): Promise<Run>;
}

export async function program(suite: string = SUITE): Promise<Program> {
  const folder = await temporaryFolder();
  const log = join(folder, "simulated.log");
  await writeFile(join(folder, "suite.yaml"), suite);
  const trialsStarted = async (): Promise<readonly StartedTrial[]> => {
    const text = await readFile(log, "utf8").catch(() => "");
    return text
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  };
  onTestFinished(async () => {
    const left = (await trialsStarted()).map(({ pid }) => pid).filter(isRunning);
    for (const pid of left) process.kill(pid, "SIGKILL");
    if (left.length > 0) throw new Error(`agents were left behind: ${left.join(", ")}`);
  });
  return {
    folder,
    trialsStarted,
    start: (args, environment = {}, wrapper = []) =>
      launch([...wrapper, process.execPath, NICBENCH, ...args], folder, { SIMULATED_LOG: log, ...environment }),
    onlyRun: async () => {
      const names = await readdir(join(folder, "results"));
      if (names.length !== 1) throw new Error(`there are ${names.length} runs`);
      return readRun(join(folder, "results", names[0] ?? ""));
    },
  };
}

function launch(
  [command = "", ...args]: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>>,
) {
  const child = execa(command, args, {
    cwd,
    env: { NICBENCH_AGENT: SIMULATED_AGENT, NO_COLOR: "1", XDG_CACHE_HOME: join(cwd, "cache"), ...environment },
    reject: false,
    timeout: 120_000,
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

/** point/repetition/attempt of every trial of a run. */
export function trialKeys({ trials }: Run): readonly string[] {
  return trials.map(({ point, repetition, attempt }) => `${point}/${repetition}/${attempt}`);
}

/**
 * Every frame is accounted for, but in trials that say that they lost track: on a host that stood still, frames may come so late
 * that they were given up.
 */
export function expectFramesAccountedFor(trials: Run["trials"]): void {
  const whole = trials.filter(({ flags }) => !flags.includes("frames-not-conserved"));
  expect(whole).not.toEqual([]);
  for (const { frames } of whole) expect(frames).toSatisfy(isConserved);
}
