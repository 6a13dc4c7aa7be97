/**
 * The table `documents` that the others are made of, a row a run: `manifest` and `summary` with what queries use of
 * `run.json` and `summary.json`, which must be there and of its type.
 */
import { UserError } from "../../errors.js";
import { createTable, text, textOf, type Connection } from "./engine.js";
import { checkedTexts, readTexts, type RunTexts } from "./texts.js";

/**
 * @param directories of runs
 * @returns why those that are left out are
 * @throws {UserError} RUN_DAMAGED where none is left
 */
export async function createDocuments(connection: Connection, directories: readonly string[]): Promise<readonly string[]> {
  const written = await Promise.all(directories.map(readTexts));
  const refused = await parse(connection, written);
  if (refused.size === 0 && written.some((run) => typeof run === "object")) return warningsOf(written);
  const checked = await Promise.all(
    written.map(async (run) => (typeof run === "object" && refused.has(run.directory) ? checkedTexts(run.directory) : run)),
  );
  const unfit = await parse(connection, checked);
  await connection.run(`DELETE FROM documents WHERE ${REFUSED}`);
  const warnings = [...warningsOf(checked), ...[...unfit].map((directory) => `${directory} is left out: ${UNFIT}`)];
  if (warnings.length === directories.length) throw noneLeft(warnings);
  return warnings;
}

const REFUSED = "manifest.schema IS DISTINCT FROM 1 OR summary.schema IS DISTINCT FROM 1";

/** Such as a start that is no time. */
const UNFIT = "run.json or summary.json has a value that the tables cannot hold.";

function noneLeft([first = ""]: readonly string[]): UserError {
  return new UserError("RUN_DAMAGED", `No run can be read. ${first}`, "Name another folder: --results DIRECTORY");
}

type Read = RunTexts | string;

/** @returns directories of those whose texts are not what they should be */
async function parse(connection: Connection, read: readonly Read[]): Promise<ReadonlySet<string>> {
  const runs = read.filter((run) => typeof run === "object");
  const rows = runs.map(({ directory, manifest, summary, tags, note }) => [directory, manifest, summary, tags, note]);
  await createTable(connection, "texts", TEXTS, rows);
  await connection.run(`
    CREATE OR REPLACE TABLE documents AS
    SELECT directory, tags, note, ${parsed("manifest", MANIFEST)}, ${parsed("summary", SUMMARY)}, ${REASONS} AS reasons
    FROM texts`);
  await connection.run("DROP TABLE texts");
  const refused = await connection.runAndReadAll(`SELECT directory FROM documents WHERE ${REFUSED}`);
  return new Set(refused.getRows().map(([directory]) => textOf(directory)));
}

function warningsOf(read: readonly Read[]): readonly string[] {
  return read.filter((run) => typeof run === "string");
}

const TEXTS = [
  ...(["directory", "manifest", "summary"] as const).map((name) => ({ name, type: "VARCHAR" as const })),
  { name: "tags", type: "VARCHAR[]" as const },
  { name: "note", type: "VARCHAR" as const },
];

/** NULL where the text is not so. */
function parsed(column: string, structure: object): string {
  return `TRY(from_json_strict(${column}, ${text(JSON.stringify(structure))})) AS ${column}`;
}

const MANIFEST = {
  schema: "INTEGER",
  run: "VARCHAR",
  suite: { name: "VARCHAR", title: "VARCHAR", experiment: "VARCHAR" },
  testbed: { name: "VARCHAR" },
  seed: "DOUBLE",
  startedAt: "TIMESTAMP",
  versions: "MAP(VARCHAR, VARCHAR)",
  git: "JSON",
  hosts: "MAP(VARCHAR, STRUCT(hostname VARCHAR, cpuModel VARCHAR, kernel VARCHAR))",
  metrics: [{ name: "VARCHAR", unit: "VARCHAR", better: "VARCHAR" }],
};

const SUMMARY = {
  schema: "INTEGER",
  outcome: "VARCHAR",
  trials: { ok: "INTEGER", suspect: "INTEGER", failed: "INTEGER", skipped: "INTEGER" },
  points: [
    {
      id: "VARCHAR",
      params: "JSON",
      status: "VARCHAR",
      flags: ["VARCHAR"],
      metrics: `MAP(VARCHAR, STRUCT(unit VARCHAR, better VARCHAR, n INTEGER, median DOUBLE, ci95 DOUBLE[], min DOUBLE, max DOUBLE))`,
    },
  ],
};

/** One a point: NULL where it has none. */
const REASONS = `TRY(list_transform(from_json(summary, '{"points":[{"reason":"VARCHAR"}]}').points, lambda point: point.reason))`;
