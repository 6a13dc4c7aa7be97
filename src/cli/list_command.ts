/** What `nicbench list` prints. */
import { readdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, UserError } from "../errors.js";
import { withLocalAgent } from "../agent/once.js";
import { experiments } from "../experiments/registry.js";
import { packageRoot } from "../package.js";
import { listRuns } from "../results/query.js";
import { suiteChecks } from "../paper/suite_checks.js";
import { loadSuite, type LoadOptions } from "../suite/load.js";
import { parseChoice } from "./choices.js";
import { shown } from "./files.js";
import { runsText } from "./runs_command.js";
import { columns, print } from "./terminal.js";

export interface ListFlags {
  readonly json?: true;
  readonly results: string;
}

interface Listing {
  /** Printed as JSON. */
  readonly data: readonly unknown[];
  readonly rows: readonly (readonly string[])[];
  /** Printed where there is nothing. */
  readonly empty: string;
}

const LISTS = {
  suites: listSuites,
  experiments: listExperiments,
  tables: listTables,
  wires: listWires,
  runs: listAllRuns,
};

export async function list(what: string, flags: ListFlags): Promise<void> {
  const kind = parseChoice(what, ["suites", "experiments", "tables", "wires", "runs"] as const, "list");
  const { data, rows, empty } = await LISTS[kind](flags);
  if (flags.json === true) print(JSON.stringify(data, null, 2));
  else print(rows.length === 0 ? empty : columns(rows));
}

async function listSuites(): Promise<Listing> {
  const folders = [join(process.cwd(), "suites"), join(packageRoot, "suites")];
  const files = (await Promise.all(folders.map(yamlFiles))).flat();
  const unique = new Set(await Promise.all(files.map((file) => realpath(file))));
  const options = { experiments, ...(await suiteChecks()) };
  const suites = await Promise.all([...unique].map((path) => describeSuite(path, options)));
  const rows = suites.map(({ name, points, title, file }) => [
    name,
    points === 0 ? "" : `${points} points`,
    title,
    file,
  ]);
  return { data: suites, rows, empty: "There is no suite here." };
}

/** A broken suite is listed as well, with what is wrong. */
async function describeSuite(path: string, options: LoadOptions) {
  const file = shown(path);
  try {
    const { name, title, description, experiment, points, tags } = await loadSuite(path, options);
    return { name, title, description, file, experiment, points: points.length, tags };
  } catch (error) {
    const [problem = ""] = messageOf(error).split("\n");
    return { name: "(invalid)", title: problem, file, points: 0 };
  }
}

async function yamlFiles(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  return names
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}

async function listExperiments(): Promise<Listing> {
  const all = [...experiments.values()];
  const data = all.map(({ name, title, description, roles, metrics, primaryMetric }) => {
    return { name, title, description, roles, primaryMetric, metrics };
  });
  return { data, rows: all.map(({ name, description }) => [name, description]), empty: "There is no experiment." };
}

async function listTables(): Promise<Listing> {
  const native = await withLocalAgent(async (agent) => agent.native);
  if (!native.available) throw new UserError("NATIVE_MISSING", native.reason, native.hint);
  const data = [
    ...native.tables.map((table) => ({ ...table, kind: "ours" })),
    ...native.peers.map((table) => ({ ...table, kind: "peer" })),
    ...native.missingPeers.map(({ name, title }) => ({ name, title, source: "", kind: "not in this build" })),
  ];
  const rows = data.map(({ name, kind, title, source }) => [name, kind, title, source]);
  return { data, rows, empty: "This build has no table." };
}

async function listWires(): Promise<Listing> {
  const native = await withLocalAgent(async (agent) => agent.native);
  if (!native.available) throw new UserError("NATIVE_MISSING", native.reason, native.hint);
  const rows = native.wires.map(({ name, title, queues = 1, timestamps, lacks }) => [
    name,
    title,
    queues === 1 ? "1 queue" : `${queues} queues`,
    timestamps === undefined ? "" : `${timestamps} timestamps`,
    lacks === undefined ? "" : `lacks ${lacks}`,
  ]);
  return { data: native.wires, rows, empty: "This build has no wire." };
}

async function listAllRuns({ results }: ListFlags): Promise<Listing> {
  const data = await listRuns(results);
  const rows = data.length === 0 ? [] : [[runsText(data)]];
  return { data, rows, empty: `There is no run in ${results}. Start one: nicbench run suites/quickstart.yaml` };
}
