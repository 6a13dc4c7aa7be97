/** Runs on two namespaces of this machine, and what each has there. */
import { execaSync } from "execa";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { packageRoot } from "../../src/package.js";
import { eventually, isRunning } from "../agent/agents.js";
import { PRIVATE } from "./namespaces.js";
import { program, type Program } from "./nicbench.js";

/** Frames over the ports of both hosts. */
export const SUITE = `
nicbench: 1
name: two-hosts
title: Two hosts
experiment: forwarding
matrix: { traffic.rate: [20kpps] }
trial: { warmup: 20ms, duration: 200ms }
repeat: { min: 2, max: 2 }
`;
/** One process on one of them. */
export const RING = SUITE.replace("forwarding", "conntrack").replace("20kpps", "20kpps], table: [cuckoo");
export const LONG = SUITE.replace("200ms", "20s");

export async function twoHosts(suite: string): Promise<Program> {
  const { start, ...rest } = await program(suite);
  const testbed = join(packageRoot, "testbeds/netns.yaml");
  return {
    ...rest,
    start: (args) =>
      start(["run", "suite.yaml", "--no-report", "--testbed", testbed, ...args], { NICBENCH_AGENT: "" }, PRIVATE),
  };
}

/** What runs made by the process `owner` have on this machine. */
export function slotOf(owner: number): string | undefined {
  return listed("/run/nicbench").find((slot) => {
    const file = join("/run/nicbench", slot, "owner.json");
    return existsSync(file) && JSON.parse(readFileSync(file, "utf8")).pid === owner;
  });
}

export function namespacesOf(slot: string): readonly string[] {
  return listed("/run/netns").filter((name) => name.startsWith(`nicbench${slot}-`));
}

function listed(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** Programs in a namespace of the slot. */
export function pidsIn(slot: string, host: string): readonly number[] {
  const { stdout } = execaSync("ip", ["netns", "pids", `nicbench${slot}-${host}`], { reject: false });
  return stdout.split("\n").filter(Boolean).map(Number);
}

export function agentOf(slot: string, host: string): number | undefined {
  return pidsIn(slot, host).find((pid) => commandOf(pid).includes("agent.mjs"));
}

export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

/** A run whose first trial is under way. */
export async function running({ start, onlyRun }: Program, args: readonly string[] = [], hosts = ["gen", "dut"]) {
  const child = start(args);
  const pid = child.pid ?? 0;
  await eventually(() => slotOf(pid) !== undefined, "namespaces are claimed");
  const slot = slotOf(pid) ?? "";
  await eventually(() => hosts.every((host) => agentOf(slot, host) !== undefined), "the agents are up");
  await eventually(async () => (await onlyRun().catch(() => undefined)) !== undefined, "the run has begun");
  const pids = [...pidsIn(slot, "gen"), ...pidsIn(slot, "dut")];
  onTestFinished(() => pids.filter(isRunning).forEach((each) => process.kill(each, "SIGKILL")));
  return { child, slot, pids };
}

/** The server and its sessions. */
export function killSshd(slot: string, host: string): void {
  for (const pid of pidsIn(slot, host).filter((each) => commandOf(each).startsWith("sshd: ")))
    process.kill(pid, "SIGKILL");
}

/** The same server again, as it was started for the run. */
export function startSshd(slot: string, host: string): void {
  const configuration = `/run/nicbench/${slot}/nicbench${slot}-${host}.sshd_config`;
  const command = ["netns", "exec", `nicbench${slot}-${host}`, "/usr/sbin/sshd", "-f", configuration];
  execaSync("ip", command);
}

export async function nothingIsLeft(slot: string, pids: readonly number[]): Promise<void> {
  await eventually(() => !pids.some(isRunning), "all programs have ended");
  expect(namespacesOf(slot)).toEqual([]);
  expect(existsSync(join("/run/nicbench", slot, "owner.json"))).toBe(false);
}
