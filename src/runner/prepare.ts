/** From files and flags to a run that is ready to go: agents up, points checked, directory claimed. */
import { mapValues } from "../map_values.js";
import { dirname } from "node:path";
import { UserError } from "../errors.js";
import { experiments } from "../experiments/registry.js";
import { changeSentence, changeText } from "../results/changes.js";
import { gitState, runId, versions } from "../results/provenance.js";
import { claimRun, reopenRun } from "../results/writer.js";
import { restoreTestbed } from "../testbed/load.js";
import { onOneHost } from "../testbed/one_host.js";
import { placeRoles } from "../testbed/placement.js";
import { didYouMean } from "../yaml/nearest.js";
import { calibrationsOf } from "./calibration_store.js";
import { changesSince, readConditions } from "./conditions.js";
import { makePlan } from "./plan.js";
import { withAddresses } from "./reuse/circumstances.js";
import { findReusable, type Decision } from "./reuse/find.js";
import { findPrograms, programsOf } from "./programs.js";
import { hostOf, isAgentFault, lockFor, startAgents, supervise, type TestbedAccess } from "./run_agents.js";
import { shardOf, shardOfRun } from "./shard.js";
import { checkTestbed } from "./testbed_check.js";
import type { RunPlan } from "./plan.js";
import type { AgentClient } from "../agent/client.js";
import type { Supervisor } from "../agent/supervisor.js";
import type { Experiment } from "../experiments/experiment.js";
import type { Calibration } from "../results/calibration.js";
import type { HostChange, PlannedPoint, RunManifest, RunSchedule, Shard } from "../results/model.js";
import type { RunWriter } from "../results/writer.js";
import type { LoadedSuite } from "../suite/load.js";
import type { CpuTopology, Testbed } from "../testbed/model.js";

export interface RunRequest {
  readonly suite: LoadedSuite;
  readonly testbed: Testbed;
  /** The suite's, or 1, unless given. */
  readonly seed?: number | undefined;
  readonly graceSeconds?: number | undefined;
  /** Run only this part of the suite's points. */
  readonly shard?: Shard | undefined;
  /** Look for points that earlier runs measured under the same conditions. */
  readonly lookBack?: boolean;
  /** Folder that run directories are made in. */
  readonly resultsRoot: string;
  /** The command line, as typed. */
  readonly command: readonly string[];
  readonly access: TestbedAccess;
}

export interface PreparedRun {
  readonly plan: RunPlan;
  readonly writer: RunWriter;
  readonly agents: Supervisor;
  /** Of each point, whether an earlier run measured it under the same conditions; none where nobody looked. */
  readonly decisions: readonly Decision[];
  /** Sentences for the user, before the run starts. */
  readonly warnings: readonly string[];
  /** What has changed on the hosts since the run began. */
  readonly lookAgain: () => Promise<readonly HostChange[]>;
}

const DEFAULT_SEED = 1;
const DEFAULT_GRACE_SECONDS = 30;

/** @throws {UserError} TESTBED_LOCKED; whatever is wrong with testbed, results directory, agents or addon */
export async function prepareRun(request: RunRequest): Promise<PreparedRun> {
  const { testbed } = request;
  const suite = shardOf(request.suite, request.shard);
  const experiment = findExperiment(suite.experiment);
  await checkTestbed(testbed, experiment, suite);
  const { used, caveats } = fitTestbed(testbed, experiment, suite.points);
  const startedAt = new Date();
  const run = runId(suite.name, startedAt);
  const claim = await claimRun(request.resultsRoot, run);
  const agents = supervise(testbed, claim.logs, request.access);
  try {
    const clients = await startAgents(used.roles, agents, claim.logs);
    await findPrograms(testbed, clients);
    await lockFor(run, agents, request.access);
    const { schedule, warnings } = scheduleRun({ ...request, suite, testbed: used }, clients);
    const points = suite.points.map(({ id, params, resolved }) => ({ id, params, resolved }));
    const seed = request.seed ?? suite.seed ?? DEFAULT_SEED;
    const host = hostOf(experiment, schedule, clients);
    const calibrations = await findCalibrations(experiment, points, schedule, host, startedAt);
    const { metrics } = suite;
    const programs = programsOf(testbed);
    const plan = makePlan({ experiment, metrics, programs, points, schedule, seed, calibrations, host });
    const conditions = await readConditions(agents.living(), schedule.roles);
    const manifest = await withAddresses({
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
      ...(caveats.length === 0 ? {} : { caveats }),
      seed,
      startedAt: startedAt.toISOString(),
      command: request.command,
      versions: versions(),
      git: await gitState(dirname(suite.file)),
      native: mapValues(clients, ({ native }) => native),
      hosts: mapValues(clients, ({ facts }) => facts),
      conditions,
      ...(calibrations.length === 0 ? {} : { calibrations }),
      metrics,
      points,
      ...(request.shard === undefined ? {} : { shard: shardOfRun(request.shard, request.suite) }),
      schedule,
    });
    const decisions = request.lookBack === true ? await findReusable(manifest, request.resultsRoot) : [];
    const writer = await claim.begin(manifest);
    const lookAgain = lookAgainAt(writer, schedule, agents);
    return { plan, writer, agents, decisions, warnings: [...suite.warnings, ...caveats, ...warnings], lookAgain };
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
  const { testbed } = request;
  const suite = shardOf(request.suite, request.shard);
  const experiment = findExperiment(suite.experiment);
  await checkTestbed(testbed, experiment, suite);
  const { used, caveats } = fitTestbed(testbed, experiment, suite.points);
  const here = Object.entries(testbed.hosts).flatMap(([name, { kind }]) => {
    return agent === undefined || kind === "ssh" ? [] : [[name, agent] as const];
  });
  const agents = Object.fromEntries(here);
  const { schedule, warnings } = scheduleRun({ ...request, suite, testbed: used }, agents);
  const seed = request.seed ?? suite.seed ?? DEFAULT_SEED;
  const host = agent?.native.available === true ? hostOf(experiment, schedule, agents) : undefined;
  const { points, metrics } = suite;
  const plan = makePlan({ experiment, metrics, programs: programsOf(testbed), points, schedule, seed, host });
  return { plan, warnings: [...suite.warnings, ...caveats, ...warnings] };
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
    if (manifest.shards !== undefined) throw notResumable(directory, "it was merged from others");
    if (testbed === undefined) throw notResumable(directory, "its testbed is of another version");
    if (manifest.schedule === undefined) throw notResumable(directory, "its run.json has no schedule");
    agents = supervise(testbed, logs, access);
    const experiment = findExperiment(manifest.suite.experiment);
    const points = manifest.points.map((point) => parsePoint(point, experiment, directory));
    const clients = await startAgents(manifest.schedule.roles, agents, logs);
    await lockFor(manifest.run, agents, access);
    const host = hostOf(experiment, manifest.schedule, clients);
    const { metrics, schedule, seed, calibrations, caveats = [] } = manifest;
    const programs = programsOf(testbed);
    const plan = makePlan({ experiment, metrics, programs, points, schedule, seed, calibrations, host });
    const lookAgain = lookAgainAt(writer, schedule, agents);
    const warnings = [...caveats, ...(await lookAgain()).map(changeText), ...otherVersions(manifest)];
    return { plan: keepMeasured(plan, writer), writer, agents, decisions: [], warnings, lookAgain };
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

/** The testbed as the experiment uses it, and what that means for whoever reads the numbers. */
function fitTestbed(testbed: Testbed, experiment: Experiment, points: readonly PlannedPoint[]) {
  const { name, roles, oneProcess } = experiment;
  const onPorts = points.filter(({ resolved }) => experiment.usesPorts?.(resolved) === true);
  const used = oneProcess === true ? onOneHost(roles, testbed, onPorts.length > 0) : undefined;
  if (used === undefined) return { used: testbed, caveats: [] };
  if (onPorts.length === points.length) return { used, caveats: [] };
  const host = used.roles[roles.at(-1) ?? ""]?.host ?? "";
  const caveat =
    `Experiment ${name} joins ${roles.join(" and ")} by a ring in memory: both run in one process on host '${host}', ` +
    `and no frame crosses the ports of testbed ${testbed.name}${onPorts.length > 0 ? ", but for points that use them" : ""}.`;
  return { used, caveats: [caveat] };
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

/** What a plan needs to know of an agent. */
type Preview = Pick<AgentClient, "native" | "facts" | "topology">;

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
function lookAgainAt(
  { manifest }: Pick<RunWriter, "manifest">,
  { roles }: RunSchedule,
  agents: Supervisor,
): PreparedRun["lookAgain"] {
  return () => changesSince(manifest, agents.living(), roles);
}

function otherVersions({ versions: before }: RunManifest): readonly string[] {
  const changed = Object.entries(versions()).filter(([name, version]) => before[name] !== version);
  return changed.map(([name, version]) => changeSentence(name, before[name] ?? "unknown", version));
}

function notResumable(directory: string, why: string): UserError {
  return new UserError("RUN_NOT_RESUMABLE", `${directory} cannot be resumed: ${why}.`, "Start the suite anew.");
}
