#!/usr/bin/env node
// Turns what `table-bench compare --json` printed, any number of comparisons, into the tables of
// native/hashtables/README.md: one for each size, a row a flow table, a column an operation.
//
//   table-bench compare --json --operation hit --slots 1Mi >> all.jsonl
//   ...
//   node scripts/table-bench-markdown.mjs all.jsonl
import { readFileSync } from "node:fs";

/** How far apart the rounds of a cell may be, as a share of its median, before the cell is marked with `~`. */
const STEADY = 0.15;

const COLUMNS = [
  ["hit, bursts overlapped", { operation: "hit", pipelined: true }],
  ["of limit", { operation: "hit", pipelined: true, share: true }],
  ["hit", { operation: "hit", order: "uniform", burst: 32, pipelined: false }],
  ["hit, zipf", { operation: "hit", order: "zipf" }],
  ["hit, single", { operation: "hit", burst: 1 }],
  ["miss, bursts overlapped", { operation: "miss", pipelined: true }],
  ["miss", { operation: "miss", burst: 32, pipelined: false }],
  ["miss, single", { operation: "miss", burst: 1 }],
  ["insert", { operation: "insert" }],
  ["mixed, bursts overlapped", { operation: "mixed", pipelined: true }],
  ["mixed", { operation: "mixed", pipelined: false }],
  ["churn", { operation: "churn", load: 0.8 }],
];

const results = readFileSync(process.argv[2], "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line));
// A flow that was refused is missed later: that is no wrong answer, but no measurement of the operation either.
const wrong = results.filter((result) => result.wrong > 0 && result.refused === 0);
if (wrong.length > 0) throw new Error(`wrong answers: ${JSON.stringify(wrong)}`);

const find = (table, slots, wanted) =>
  results.find(
    (result) =>
      result.table === table &&
      result.slots === slots &&
      Object.entries(wanted).every(([key, value]) => key === "share" || result[key] === value),
  );

function cell(table, slots, wanted) {
  const result = find(table, slots, wanted);
  if (result === undefined || result.error !== undefined || result.refused > 0) return "";
  if (wanted.share) return `${Math.round(result.share_of_limit * 100)} %`;
  const unsteady = (result.max - result.min) / result.ops_per_s > STEADY;
  return `${unsteady ? "~" : ""}${(result.ops_per_s / 1e6).toPrecision(3)}`;
}

for (const slots of [...new Set(results.map((result) => result.slots))].sort((a, b) => a - b)) {
  const here = results.filter((result) => result.slots === slots);
  const columns = COLUMNS.filter(([, wanted]) =>
    here.some((result) => find(result.table, slots, wanted) !== undefined),
  );
  const limits = here.flatMap((result) => (result.line_reads_per_s > 0 ? [result.line_reads_per_s / 1e6] : []));
  const live = here.find((result) => result.operation === "hit")?.live ?? 0;
  console.log(`\n### ${(live / 1e6).toPrecision(2)} M flows in ${slots / 1024} Ki slots\n`);
  console.log(`Line reads, the limit: ${Math.round(Math.min(...limits))} to ${Math.round(Math.max(...limits))} M/s.\n`);
  console.log(`| table | ${columns.map(([title]) => title).join(" | ")} | bytes a flow |`);
  console.log(`| --- | ${columns.map(() => "---:").join(" | ")} | ---: |`);
  for (const table of new Set(here.map((result) => result.table))) {
    const hit = find(table, slots, { operation: "hit" });
    const cells = columns.map(([, wanted]) => cell(table, slots, wanted));
    if (cells.every((text) => text === "")) continue;
    console.log(`| \`${table}\` | ${cells.join(" | ")} | ${hit?.bytes_per_entry?.toFixed(0) ?? ""} |`);
  }
}
