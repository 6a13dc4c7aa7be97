import { existsSync } from "node:fs";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { queryRuns, queryToParquet } from "../../../src/results/database/query.js";
import { addTags, setNote } from "../../../src/results/annotations.js";
import { readRun } from "../../../src/results/reader.js";
import { temporaryFolder } from "../../agent/agents.js";
import { runFolder } from "../run_folder.js";
import { failedTrial, sampleTrial } from "../sample.js";

const SUSPECT = sampleTrial("aaa", 1, { status: "suspect", flags: ["stolen-cpu"], reason: "The hypervisor took it." });

/** Every fate that a trial can have: repetition 0 ok after a failure, 1 suspect twice, 2 suspect and then ok. */
const TRIALS = [
  failedTrial("aaa", 0),
  sampleTrial("aaa", 0, { attempt: 1 }),
  SUSPECT,
  { ...SUSPECT, attempt: 1, metrics: { forwarding_rate: 5, loss_ratio: 0 } },
  { ...SUSPECT, repetition: 2 },
  sampleTrial("aaa", 2, { attempt: 1, metrics: { forwarding_rate: 7, loss_ratio: 0 } }),
  sampleTrial("bbb", 0),
  sampleTrial("bbb", 1),
];

const FIRST = "sample-20260102T030405Z-1a2b";
const SECOND = "sample-20260102T040404Z-ffff";

async function twoRuns(given?: string): Promise<string> {
  const root = given ?? (await temporaryFolder());
  await runFolder(root, { run: FIRST }, TRIALS);
  await runFolder(root, { run: SECOND, startedAt: "2026-01-02T04:04:04.000Z" });
  return root;
}

describe("the tables", () => {
  it("runs: one row each, with verdicts, host, tags and note", async () => {
    const root = await twoRuns();
    await addTags(join(root, SECOND), ["baseline"]);
    await setNote(join(root, SECOND), "it's quiet");
    const sql = `SELECT run, suite, started::VARCHAR, outcome, points, ok, suspect, failed, "commit", dirty, cpu_models, tags, note
      FROM runs ORDER BY started`;
    const { rows } = await queryRuns(sql, root);
    const commit = "0".repeat(40);
    expect(rows).toEqual([
      [FIRST, "sample", "2026-01-02 03:04:05", "complete", 2, 4, 3, 1, commit, false, ["sample"], [], ""],
      [SECOND, "sample", "2026-01-02 04:04:04", "complete", 2, 4, 0, 0, commit, false, ["sample"], ["baseline"], "it's quiet"],
    ]);
  });

  it("metrics: the numbers of summary.json", async () => {
    const root = await twoRuns();
    const { summary } = await readRun(join(root, FIRST));
    const sql = `SELECT point, params->>'table', (params->>'traffic.flows')::DOUBLE, status, metric, unit, better, n, median,
      ci95_low, ci95_high, min, max FROM metrics WHERE run = '${FIRST}'`;
    const { rows } = await queryRuns(sql, root);
    const expected = summary.points.flatMap(({ id, params, status, metrics }) =>
      Object.entries(metrics).map(([name, { unit, better, n, median, ci95, min, max }]) => {
        return [id, params["table"], params["traffic.flows"] ?? null, status, name, unit, better, n, median, ...ci95, min, max];
      }),
    );
    expect(expected).toHaveLength(4);
    expect(rows).toEqual(expected);
  });

  it("trials and samples: every trial, and those that count are those behind the numbers", async () => {
    const root = await twoRuns();
    const { rows } = await queryRuns(
      `SELECT repetition, attempt, status, counted, flags, sent, steal_seconds FROM trials
       WHERE run = '${FIRST}' AND point = 'aaa' ORDER BY repetition, attempt`,
      root,
    );
    expect(rows).toEqual([
      [0, 0, "failed", false, ["agent-died"], null, 0],
      [0, 1, "ok", true, [], 100, 0],
      [1, 0, "suspect", false, ["stolen-cpu"], 100, 0],
      [1, 1, "suspect", true, ["stolen-cpu"], 100, 0],
      [2, 0, "suspect", false, ["stolen-cpu"], 100, 0],
      [2, 1, "ok", true, [], 100, 0],
    ]);
    const differing = await queryRuns(
      `SELECT * FROM (SELECT run, point, metric, unit, better, count(*) AS n, median(value) AS median
         FROM samples WHERE counted GROUP BY ALL)
       FULL JOIN metrics AS m USING (run, point, metric, unit, better, n, median) WHERE m.max IS NULL`,
      root,
    );
    expect(differing.rows).toEqual([]);
  });

  it("points: also those without a number, with the reason", async () => {
    const root = await temporaryFolder();
    await runFolder(root, {}, [{ type: "skip", point: "aaa", reason: "no such table" }]);
    const { rows } = await queryRuns("SELECT point, status, reason FROM points ORDER BY point", root);
    expect(rows).toEqual([
      ["aaa", "skipped", "no such table"],
      ["bbb", "pending", null],
    ]);
  });

  it("tell of a run that was killed what its journal tells, up to a line that was cut off", async () => {
    const root = await twoRuns();
    await rm(join(root, FIRST, "summary.json"));
    const journal = join(root, FIRST, "journal.ndjson");
    const lines = (await readFile(journal, "utf8")).split("\n").filter((line) => !line.includes('"end"'));
    await writeFile(journal, lines.join("\n").slice(0, -20));
    expect((await queryRuns(`SELECT outcome, ok FROM runs WHERE run = '${FIRST}'`, root)).rows).toEqual([["interrupted", 3]]);
    expect((await queryRuns(`SELECT count(*) FROM trials WHERE run = '${FIRST}'`, root)).rows).toEqual([[7]]);
  });

  it.each([
    ["{", "is no JSON"],
    ['{"schema":1,"outcome":"complete"}', "lacks its points"],
    ["null", "is nothing"],
  ])("tell of a run whose summary.json is %s what its journal tells: that %s", async (content) => {
    const root = await twoRuns();
    await writeFile(join(root, FIRST, "summary.json"), content);
    const { rows, warnings } = await queryRuns("SELECT run, outcome, ok, points FROM runs", root);
    expect(rows).toEqual([
      [FIRST, "complete", 4, 2],
      [SECOND, "complete", 4, 2],
    ]);
    expect(warnings).toEqual([]);
  });

  it.each([
    ["schema", 2, "reads schema 1"],
    ["suite", { name: "sample" }, "suite.title"],
    ["startedAt", "yesterday", "cannot hold"],
  ])("leave out a run whose %s is %j, with the reason", async (key, value, reason) => {
    const root = await twoRuns();
    const file = join(root, FIRST, "run.json");
    const manifest = JSON.parse(await readFile(file, "utf8")) as object;
    await writeFile(file, JSON.stringify({ ...manifest, [key]: value }));
    const { rows, warnings } = await queryRuns("SELECT run FROM runs", root);
    expect(rows).toEqual([[SECOND]]);
    expect(warnings).toEqual([expect.stringContaining(reason)]);
  });

  it.each(["runs", "samples"])("are not made of runs of which none can be read: %s", async (name) => {
    const root = await twoRuns();
    for (const run of [FIRST, SECOND]) await writeFile(join(root, run, "run.json"), "{}");
    await expect(queryRuns(`SELECT * FROM ${name}`, root)).rejects.toMatchObject({
      code: "RUN_DAMAGED",
      message: expect.stringContaining(FIRST),
    });
  });

  it("leave out a run that cannot be read, with a warning, and are all there to be described", async () => {
    const root = await twoRuns();
    await writeFile(join(root, FIRST, "run.json"), "{");
    const { rows, warnings } = await queryRuns("SHOW TABLES", root);
    expect(rows.flat()).toEqual(["metrics", "points", "runs", "samples", "trials"]);
    expect(warnings).toEqual([expect.stringContaining(`${FIRST} is left out`)]);
  });
});

/** For tests that leave the runs as they are. */
let shared: string;
beforeAll(async () => {
  shared = await twoRuns(await mkdtemp(join(tmpdir(), "nicbench-test-")));
});
afterAll(() => rm(shared, { recursive: true }));

describe("a query can neither read nor write anything else", () => {
  it.each([
    "COPY runs TO '{folder}/stolen.csv'",
    "COPY runs TO '{folder}/stolen.parquet' (FORMAT parquet)",
    "EXPORT DATABASE '{folder}/stolen'",
    "ATTACH '{folder}/stolen.db'",
    "SELECT * FROM read_text('{folder}/secret')",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM '{folder}/secret'",
    "SELECT * FROM glob('{folder}/*')",
    "SELECT * FROM runs; COPY runs TO '{folder}/stolen.csv'",
    "SET enable_external_access = true",
    "RESET lock_configuration",
    "PRAGMA profiling_output = '{folder}/stolen.json'",
    "SET temp_directory = '{folder}/stolen'",
    "INSTALL httpfs",
    "LOAD '{folder}/secret'",
    "CALL enable_logging(storage = 'file', storage_config = {'path': '{folder}/stolen'}); SELECT * FROM runs",
    "CREATE SECRET (TYPE http, BEARER_TOKEN 'x')",
    "CREATE TABLE t AS SELECT * FROM read_text('{folder}/secret')",
    "INSERT INTO runs SELECT * FROM runs",
    "DROP TABLE runs",
  ])("%s", async (sql) => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "secret"), "a secret");
    await expect(queryRuns(sql.replaceAll("{folder}", folder), shared)).rejects.toMatchObject({ code: "QUERY_FAILED" });
    expect(await readdir(folder)).toEqual(["secret"]);
  });

  it("nor reach a server", async () => {
    let asked = 0;
    const server = createServer((_, response) => {
      asked += 1;
      response.end("a\n1\n");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/x.csv`;
    await expect(queryRuns(`SELECT * FROM read_csv('${url}')`, shared)).rejects.toMatchObject({ code: "QUERY_FAILED" });
    expect(asked).toBe(0);
  });

  it("even when it writes Parquet, but for that file", async () => {
    const root = await twoRuns();
    const file = join(root, "out.parquet");
    const smuggled = `SELECT 1) TO '${root}/stolen.csv'; COPY (SELECT 2`;
    await expect(queryToParquet(smuggled, root, file)).rejects.toMatchObject({ code: "QUERY_FAILED" });
    expect(existsSync(join(root, "stolen.csv")) || existsSync(file)).toBe(false);
    await queryToParquet("SELECT run, ok FROM runs;", root, file);
    expect((await readFile(file)).subarray(0, 4).toString()).toBe("PAR1");
    expect((await readdir(root)).filter((name) => name.endsWith(".part"))).toEqual([]);
  });
});

it("may pivot, explain, and have several statements, of which the last one answers", async () => {
  const root = shared;
  const pivot = "PIVOT metrics ON metric USING any_value(median) GROUP BY run, point ORDER BY run, point";
  expect((await queryRuns(pivot, root)).columns).toEqual(["run", "point", "forwarding_rate", "loss_ratio"]);
  expect((await queryRuns("EXPLAIN SELECT * FROM runs", root)).rows).toHaveLength(1);
  expect((await queryRuns("SELECT 1; SELECT count(*) AS runs FROM runs;", root)).rows).toEqual([[2]]);
});

describe("a query that fails", () => {
  it.each([
    ["", "no statement"],
    ["SELEC 1", "syntax error"],
    ["SELECT nothing FROM runs", "nothing"],
    ["SELECT * FROM run", "run"],
  ])("%s says what is wrong and where to look", async (sql, message) => {
    await expect(queryRuns(sql, shared)).rejects.toMatchObject({
      code: "QUERY_FAILED",
      message: expect.stringContaining(message),
      hint: expect.stringContaining("DESCRIBE"),
    });
  });

  it("without any run says so", async () => {
    await expect(queryRuns("SELECT 1", await temporaryFolder())).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
  });
});
