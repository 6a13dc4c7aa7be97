/**
 * The tables that queries see, from what runs wrote: `runs`, `points`, `metrics`, `trials` and `samples`. docs/formats.md
 * lists their columns. Points and metrics are those of `summary.json`, so that there is one way of making them. All is read
 * by DuckDB itself, which is many times as fast as we are.
 */
import { join, resolve } from "node:path";
import { createDocuments } from "./documents.js";
import { createTable, text, textOf, type Connection } from "./engine.js";

export const TABLES = ["runs", "points", "metrics", "trials", "samples"] as const;
export type TableName = (typeof TABLES)[number];

/**
 * Makes those tables, and those that they are made of.
 *
 * @param directories of runs
 * @returns why those that are left out are
 */
export async function createTables(
  connection: Connection,
  directories: readonly string[],
  wanted: ReadonlySet<TableName>,
): Promise<readonly string[]> {
  const warnings = await createDocuments(connection, directories);
  const wantsTrials = wanted.has("trials") || wanted.has("samples");
  if (wanted.has("runs")) await connection.run(RUNS);
  if (wanted.has("points") || wantsTrials) await connection.run(POINTS);
  if (wanted.has("metrics")) await connection.run(METRICS);
  if (wantsTrials) await createTrials(connection);
  if (wanted.has("samples")) await connection.run(SAMPLES);
  await connection.run("DROP TABLE documents");
  return warnings;
}

/** Those that a query names; all, if it names none, such as `SHOW TABLES`. */
export function tablesIn(sql: string): ReadonlySet<TableName> {
  const named = TABLES.filter((name) => new RegExp(`\\b${name}\\b`, "i").test(sql));
  return new Set(named.length === 0 ? TABLES : named);
}

const RUNS = `
  CREATE TABLE runs AS
  SELECT manifest.run, manifest.suite.name AS suite, manifest.suite.title, manifest.suite.experiment,
    manifest.testbed.name AS testbed, manifest.seed, manifest.startedAt AS started, summary.outcome,
    len(summary.points)::INTEGER AS points, unnest(summary.trials), manifest.versions['nicbench'] AS nicbench,
    manifest.git->>'commit' AS "commit", (manifest.git->'dirty')::BOOLEAN AS dirty,
    ${hostFacts("hostname")} AS hostnames, ${hostFacts("cpuModel")} AS cpu_models, ${hostFacts("kernel")} AS kernels,
    tags, note, directory
  FROM documents`;

/** Each once. */
function hostFacts(fact: "hostname" | "cpuModel" | "kernel"): string {
  return `list_sort(list_distinct(list_transform(map_values(manifest.hosts), lambda host: host.${fact})))`;
}

/** One row a point: columns of its run, and itself as `p`. */
const EACH_POINT = `
  (SELECT manifest.run, manifest.suite.name AS suite, manifest.startedAt AS started,
    unnest(summary.points) AS p, unnest(reasons) AS reason FROM documents)`;

const POINT = "run, suite, started, p.id AS point, p.params, p.status";

const POINTS = `CREATE TABLE points AS SELECT ${POINT}, reason, p.flags FROM ${EACH_POINT}`;

const METRICS = `
  CREATE TABLE metrics AS
  SELECT run, suite, started, point, params, status, metric, m.unit, m.better, m.n, m.median,
    m.ci95[1] AS ci95_low, m.ci95[2] AS ci95_high, m.min, m.max
  FROM (SELECT ${POINT}, unnest(map_keys(p.metrics)) AS metric, unnest(map_values(p.metrics)) AS m FROM ${EACH_POINT})`;

/** What of a journal's lines is a column; the bulk of histograms and series is never looked at. */
const JOURNAL = `{ type: 'VARCHAR', point: 'VARCHAR', repetition: 'INTEGER', attempt: 'INTEGER', status: 'VARCHAR',
  reason: 'VARCHAR', flags: 'VARCHAR[]', startedAt: 'TIMESTAMP', seconds: 'DOUBLE', metrics: 'MAP(VARCHAR, DOUBLE)',
  reused: 'VARCHAR', frames: 'STRUCT(sent BIGINT, received BIGINT)', environment: 'STRUCT(stealSeconds DOUBLE)' }`;

/** Larger than any line: histograms of long trials take megabytes. */
const LINE_BYTES = 512 * 1024 ** 2;

/** As `counted.ts` decides: a repetition counts with its last ok attempt, else with its last suspect one. */
const COUNTED = `j.status <> 'failed' AND 1 = row_number() OVER (
  PARTITION BY run, point, repetition ORDER BY j.status = 'failed', j.status = 'suspect', attempt DESC)`;

async function createTrials(connection: Connection): Promise<void> {
  const runs = await connection.runAndReadAll("SELECT manifest.run, directory FROM documents");
  const journals = runs.getRows().map(([run, directory]) => [textOf(run), journalOf(textOf(directory))] as const);
  await createTable(connection, "journals", JOURNALS, journals);
  // A line that a crash cut off is passed over, as it is everywhere.
  const journal = `read_ndjson([${journals.map(([, file]) => text(file)).join(", ")}], columns = ${JOURNAL},
    filename = true, ignore_errors = true, maximum_object_size = ${LINE_BYTES})`;
  await connection.run(`
    CREATE TABLE trials AS
    SELECT run, suite, point, params, repetition, attempt, j.status, ${COUNTED} AS counted,
      j.reason, j.flags, j.startedAt AS started, seconds, frames.sent AS sent, frames.received AS received,
      environment.stealSeconds AS steal_seconds, reused, metrics
    FROM ${journal} AS j JOIN journals USING (filename) JOIN points USING (run, point)
    WHERE j.type = 'trial'`);
  await connection.run("DROP TABLE journals");
}

const JOURNALS = (["run", "filename"] as const).map((name) => ({ name, type: "VARCHAR" as const }));

function journalOf(directory: string): string {
  return join(resolve(directory), "journal.ndjson");
}

const SAMPLES = `
  CREATE TABLE samples AS
  SELECT run, suite, point, params, repetition, attempt, status, counted, metric, value, unit, better
  FROM (SELECT *, unnest(map_keys(metrics)) AS metric, unnest(map_values(metrics)) AS value FROM trials)
  LEFT JOIN (SELECT run, name AS metric, unit, better
    FROM (SELECT manifest.run, unnest(manifest.metrics, recursive := true) FROM documents)) USING (run, metric)`;
