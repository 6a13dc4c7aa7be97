/** What `nicbench runs` does. */
import { addTags, removeTags, setNote, type Annotations } from "../results/annotations.js";
import { findRun, listRuns as allRuns, type RunListing } from "../results/query.js";
import { columns, print } from "./terminal.js";

export interface RunsFlags {
  readonly suite?: string;
  readonly tagged?: readonly string[];
  readonly json?: true;
  readonly results: string;
}

export async function listRuns({ suite, tagged = [], json, results }: RunsFlags): Promise<void> {
  const runs = (await allRuns(results)).filter(
    (run) => (suite === undefined || run.suite === suite) && tagged.every((tag) => run.tags.includes(tag)),
  );
  if (json === true) print(JSON.stringify(runs, null, 2));
  else print(runs.length === 0 ? nothing(results, suite, tagged) : runsText(runs));
}

export async function tagRun(
  name: string,
  tags: readonly string[],
  { remove, results }: RunsFlags & { readonly remove?: true },
): Promise<void> {
  const directory = await findRun(name, results);
  say(directory, await (remove === true ? removeTags : addTags)(directory, tags));
}

export async function noteRun(name: string, note: string, { results }: RunsFlags): Promise<void> {
  const directory = await findRun(name, results);
  say(directory, await setNote(directory, note));
}

export function runsText(runs: readonly RunListing[]): string {
  const rows = runs.map(({ run, suite, startedAt, outcome, trials, tags, note }) => {
    const { ok, suspect, failed } = trials;
    const when = startedAt.slice(0, 16).replace("T", " ");
    return [run, suite, when, outcome, String(ok), String(suspect), String(failed), tags.join(" "), oneLine(note)];
  });
  return columns([HEADER, ...rows]).replaceAll(/ +$/gm, "");
}

const HEADER = ["run", "suite", "started (UTC)", "outcome", "ok", "suspect", "failed", "tags", "note"];

function oneLine(note: string): string {
  return note.replaceAll(/\s+/g, " ");
}

function say(directory: string, { tags, note }: Annotations): void {
  print(`${directory}: ${tags.length === 0 ? "no tags" : tags.join(" ")}${note === "" ? "" : `; ${oneLine(note)}`}`);
}

function nothing(results: string, suite: string | undefined, tagged: readonly string[]): string {
  if (suite === undefined && tagged.length === 0)
    return `There is no run in ${results}. Start one: nicbench run suites/quickstart.yaml`;
  const wanted = [...(suite === undefined ? [] : [`of suite ${suite}`]), ...tagged.map((tag) => `tagged ${tag}`)];
  return `There is no run in ${results} ${wanted.join(", ")}.`;
}
