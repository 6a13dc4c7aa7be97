/** From files and flags to a run that is ready to go: agents up, points checked, directory claimed. */
import { dirname } from "node:path";
import { codeOf, UserError } from "../errors.js";
import { superviseAgents } from "../agent/supervisor.js";
import { experiments } from "../experiments/registry.js";
import { gitState, runId, versions } from "../results/provenance.js";
import { claimRun, reopenRun } from "../results/writer.js";
import { restoreTestbed } from "../testbed/load.js";
import { openHosts } from "../testbed/open_hosts.js";
import { ownerFor } from "../testbed/lock/model.js";
import { placeRoles } from "../testbed/placement.js";
import { didYouMean } from "../yaml/nearest.js";
import { calibrationsOf } from "./calibration_store.js";
import { makePlan } from "./plan.js";
import { findPrograms, programsOf } from "./programs.js";
import { checkTestbed } from "./testbed_check.js";
import type { RunPlan } from "./plan.js";
import type { AgentClient } from "../agent/client.js";
import type { Supervisor } from "../agent/supervisor.js";
import type { LockPatience } from "../agent/testbed_lock.js";
import type { Experiment } from "../experiments/experiment.js";
import type { Calibration } from "../results/calibration.js";
import type { PlannedPoint, RunManifest, RunSchedule } from "../results/model.js";
import type { RunWriter } from "../results/writer.js";
import type { LoadedSuite } from "../suite/load.js";
import type { CpuTopology, Testbed } from "../testbed/model.js";
import type { HostOptions } from "../testbed/open_hosts.js";

export interface RunRequest {
  readonly suite: LoadedSuite;
  readonly testbed: Testbed;
  /** The suite's, or 1, unless given. */
  readonly seed?: number | undefined;
  readonly graceSeconds?: number | undefined;
  /** Folder that run directories are made in. */
  readonly resultsRoot: string;
  /** The command line, as typed. */
  readonly command: readonly string[];
  readonly access: TestbedAccess;
}

/** How a run gets at its hosts. */
export interface TestbedAccess extends HostOptions {
  /** With others who want them. */
  readonly patience: LockPatience;
  /** How long a host may be out of reach before trials fail for it. */
  readonly reconnectSeconds: number;
  /** Aborted to wait no longer. */
  readonly signal?: AbortSignal;
}

export interface PreparedRun {
  readonly plan: RunPlan;
  readonly writer: RunWriter;
  readonly agents: Supervisor;
  /** Sentences for the user, before the run starts. */
  readonly warnings: readonly string[];
}

const DEFAULT_SEED = 1;
const DEFAULT_GRACE_SECONDS = 30;

/** @throws {UserError} TESTBED_LOCKED; whatever is wrong with testbed, results directory, agents or addon */
export async function prepareRun(request: RunRequest): Promise<PreparedRun> {
  const { suite, testbed } = request;
  const experiment = findExperiment(suite.experiment);
  await checkTestbed(testbed, experiment, suite);
  const startedAt = new Date();
  const run = runId(suite.name, startedAt);
  const claim = await claimRun(request.resultsRoot, run);
  const agents = supervise(testbed, claim.logs, request.access);
  try {
    const clients = await startAgents(testbed.roles, agents, claim.logs);
    await findPrograms(testbed, clients);
    await lockFor(run, agents, request.access);
    const { schedule, warnings } = scheduleRun(request, clients);
    const points = suite.points.map(({ id, params, resolved }) => ({ id, params, resolved }));
    const seed = request.seed ?? suite.seed ?? DEFAULT_SEED;
    const host = hostOf(experiment, schedule, clients);
    const calibrations = await findCalibrations(experiment, points, schedule, host, startedAt);
    const { metrics } = suite;
    const programs = programsOf(testbed);
    const plan = makePlan({ experiment, metrics, programs, points, schedule, seed, calibrations, host });
    const writer = await claim.begin({
      schema: 1,
      run,
      suite: {
        name: suite.name,
        title: suite.title,
        description: suite.description,
        file: suite.file,
        experiment: suite.experiment,
        resolved: suite.resolved,
        plots: suite.plots,
      },
      testbed: { name: testbed.name, file: testbed.file, resolved: testbed.resolved },
      seed,
      startedAt: startedAt.toISOString(),
      command: request.command,
      versions: versions(),
      git: await gitState(dirname(suite.file)),
      native: mapValues(clients, ({ native }) => native),
      hosts: mapValues(clients, ({ facts }) => facts),
      ...(calibrations.length === 0 ? {} : { calibrations }),
      metrics,
      points,
      schedule,
    });
    return { plan, writer, agents, warnings: [...suite.warnings, ...warnings] };
  } catch (error) {
    await agents.close();
    await claim.discard({ keepLogs: isAgentFault(error) });
    throw error;
  }
}

/**
 * The plan alone, without a run directory and without a word to other hosts; where the data path's host has no addon or
 * is another machine, without skips.
 *
 * @param agent of this machine
 */
export async function previewRun(
  request: Omit<RunRequest, "resultsRoot" | "command" | "access">,
  agent: Preview | undefined,
): Promise<{ readonly plan: RunPlan; readonly warnings: readonly string[] }> {
  const { suite, testbed } = request;
  const experiment = findExperiment(suite.experiment);
  await checkTestbed(testbed, experiment, suite);
  const here = Object.entries(testbed.hosts).flatMap(([name, { kind }]) => {
    return agent === undefined || kind === "ssh" ? [] : [[name, agent] as const];
  });
  const agents = Object.fromEntries(here);
  const { schedule, warnings } = scheduleRun(request, agents);
  const seed = request.seed ?? suite.seed ?? DEFAULT_SEED;
  const host = agent?.native.available === true ? hostOf(experiment, schedule, agents) : undefined;
  const { points, metrics } = suite;
  const plan = makePlan({ experiment, metrics, programs: programsOf(testbed), points, schedule, seed, host });
  return { plan, warnings: [...suite.warnings, ...warnings] };
}

/**
 * Opens a run to continue it, with the plan, seed and placement that it began with.
 *
 * @throws {UserError} also RUN_LOCKED, and RUN_NOT_RESUMABLE
 */
export async function prepareResume(directory: string, access: TestbedAccess): Promise<PreparedRun> {
  const writer = await reopenRun(directory);
  const { manifest, logs } = writer;
  let agents: Supervisor | undefined;
  try {
    const testbed = restoreTestbed(manifest.testbed);
    if (testbed === undefined) throw notResumable(directory, "its testbed is of another version");
    if (manifest.schedule === undefined) throw notResumable(directory, "its run.json has no schedule");
    agents = supervise(testbed, logs, access);
    const experiment = findExperiment(manifest.suite.experiment);
    const points = manifest.points.map((point) => parsePoint(point, experiment, directory));
    const clients = await startAgents(manifest.schedule.roles, agents, logs);
    await lockFor(manifest.run, agents, access);
    const host = hostOf(experiment, manifest.schedule, clients);
    const { metrics, schedule, seed, calibrations } = manifest;
    const programs = programsOf(testbed);
    const plan = makePlan({ experiment, metrics, programs, points, schedule, seed, calibrations, host });
    return { plan: keepMeasured(plan, writer), writer, agents, warnings: changesSince(manifest, clients) };
  } catch (error) {
    await agents?.close();
    await writer.abandon();
    throw error;
  }
}

function findExperiment(name: string): Experiment {
  const experiment = experiments.get(name);
  if (experiment !== undefined) return experiment;
  const names = [...experiments.keys()];
  const problem = `There is no experiment '${name}'${didYouMean(name, names)}`;
  throw new UserError("EXPERIMENT_UNKNOWN", problem, "See what there is: nicbench list experiments");
}

/** @throws {UserError} TESTBED_CPUS: a host lacks CPUs that the testbed gives to a role */
function scheduleRun(
  { suite, testbed, graceSeconds }: Pick<RunRequest, "suite" | "testbed" | "graceSeconds">,
  agents: Readonly<Record<string, { readonly topology: CpuTopology }>>,
): { readonly schedule: RunSchedule; readonly warnings: readonly string[] } {
  const topologies = mapValues(agents, ({ topology }) => topology);
  const { roles, warnings } = placeRoles(testbed, topologies);
  const { order, repeat, points } = suite;
  const times = points.map(({ warmupSeconds, durationSeconds }) => ({ warmupSeconds, durationSeconds }));
  const schedule = { order, repeat, roles, times, graceSeconds: graceSeconds ?? DEFAULT_GRACE_SECONDS };
  return { schedule, warnings };
}

/** Generator and data path are on one host where a wire can be calibrated. */
async function findCalibrations(
  experiment: Experiment,
  points: readonly PlannedPoint[],
  { roles }: RunSchedule,
  host: AgentClient | undefined,
  now: Date,
): Promise<readonly Calibration[]> {
  if (host === undefined) return [];
  const wires = points.map(({ resolved }) => experiment.generatorWire?.(resolved, roles));
  return calibrationsOf(
    wires.filter((wire) => wire !== undefined),
    host.facts,
    now,
  );
}

type Clients = Readonly<Record<string, AgentClient>>;

/** What a plan needs to know of an agent. */
type Preview = Pick<AgentClient, "native" | "facts" | "topology">;

/** @throws {UserError} NATIVE_MISSING: an agent is up, but its host has no addon */
async function startAgents(
  roles: Readonly<Record<string, { readonly host: string }>>,
  agents: Supervisor,
  logs: string,
): Promise<Clients> {
  const clients: Record<string, AgentClient> = {};
  for (const host of new Set(Object.values(roles).map((role) => role.host))) {
    const client = await agents.agent(host).catch((error: unknown) => {
      throw withLog(error, logs);
    });
    if (!client.native.available) throw new UserError("NATIVE_MISSING", client.native.reason, client.native.hint);
    clients[host] = client;
  }
  return clients;
}

function supervise(testbed: Testbed, logs: string, access: TestbedAccess): Supervisor {
  return superviseAgents({ logs, hosts: openHosts(testbed, access), reconnectSeconds: access.reconnectSeconds });
}

function lockFor(run: string, agents: Supervisor, { patience, signal }: TestbedAccess): Promise<void> {
  return agents.lock(ownerFor(`run ${run}`), patience, signal);
}

/** The data path runs where the last role does: that of the DUT, if there are several hosts. */
function hostOf<T>({ roles }: Experiment, schedule: RunSchedule, clients: Readonly<Record<string, T>>): T | undefined {
  return clients[schedule.roles[roles.at(-1) ?? ""]?.host ?? ""];
}

function parsePoint(
  { id, params, resolved }: PlannedPoint,
  { parameters, keptParameters = parameters }: Experiment,
  directory: string,
): PlannedPoint {
  const parsed = keptParameters.safeParse(resolved);
  if (parsed.success) return { id, params, resolved: parsed.data };
  const [issue] = parsed.error.issues;
  throw notResumable(directory, `point ${id} is of another version (${issue?.path.join(".")}: ${issue?.message})`);
}

/** What has been measured is not skipped afterwards, even if the machine has changed. */
function keepMeasured(plan: RunPlan, { trials }: RunWriter): RunPlan {
  const measured = new Set(trials.map(({ point }) => point));
  return { ...plan, skipped: plan.skipped.filter(({ point }) => !measured.has(point)) };
}

/** Trials of one run are compared with each other, so they should come from one machine and one program. */
function changesSince(manifest: RunManifest, clients: Clients): readonly string[] {
  const changes = Object.entries(clients).flatMap(([host, { facts }]) => {
    const before = manifest.hosts[host];
    const keys = ["hostname", "cpuModel", "kernel", "memoryBytes", "governor"] as const;
    return keys
      .filter((key) => before?.[key] !== facts[key])
      .map((key) => `${key} of ${host} was ${before?.[key]}, is ${facts[key]}`);
  });
  const now = versions();
  const program = Object.keys(now).filter((name) => manifest.versions[name] !== now[name]);
  const others = program.map(
    (name) => `${name} was ${manifest.versions[name] ?? "unknown"}, is ${now[name] ?? "unknown"}`,
  );
  return [...changes, ...others].map((change) => `Since the run began, something changed: ${change}.`);
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

function isAgentFault(error: unknown): boolean {
  return (codeOf(error) ?? "").startsWith("AGENT_");
}

function withLog(error: unknown, logs: string): unknown {
  if (!(error instanceof UserError) || !isAgentFault(error)) return error;
  return new UserError(error.code, error.message, `${error.hint ?? ""} The log is in ${logs}.`.trim(), {
    cause: error,
  });
}

function notResumable(directory: string, why: string): UserError {
  return new UserError("RUN_NOT_RESUMABLE", `${directory} cannot be resumed: ${why}.`, "Start the suite anew.");
}
