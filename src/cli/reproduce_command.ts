/** What `nicbench reproduce` does: run the suites of a paper one after the other, and put their verdicts on one page. */
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { codeOf, messageOf, UserError } from "../errors.js";
import { packageRoot } from "../package.js";
import { figureTitle, paperNamed, suitesOfFigure, unchecked } from "../paper/figures.js";
import { loadStatements } from "../paper/reference/published_claims.js";
import { formatClaims, verdictCounts } from "../report/claims.js";
import { paperHtml, type PaperFigure, type PaperReport } from "../report/html/paper_page.js";
import { reportClaims } from "../report/input.js";
import { runId } from "../results/provenance.js";
import { readRun } from "../results/reader.js";
import { prepareRun, previewRun, type RunRequest } from "../runner/prepare.js";
import { EXIT, type ExitCode } from "./exit_codes.js";
import { listenForInterrupt, type Interrupt } from "./interrupt.js";
import { duration } from "./progress.js";
import { shellLine } from "../shell.js";
import { execute, exitCodeOf, reportInput, requestOf, tryReport, type SuiteFlags } from "./run_command.js";
import { columns, print, tell, wantsColors } from "./terminal.js";

export interface ReproduceFlags extends SuiteFlags {
  readonly dryRun?: true;
  readonly json?: true;
}

export async function reproduce(id: string, figure: string | undefined, flags: ReproduceFlags): Promise<ExitCode> {
  const paper = paperNamed(id);
  const interrupt = listenForInterrupt();
  try {
    const all = await requestsOf(paper.id, flags, interrupt.signal);
    const suites = suitesOfFigure(suitesIn(all), figure);
    const chosen = all.filter(({ suite }) => suites.includes(suite));
    if (flags.dryRun === true) return await preview(chosen);
    const folder = join("reports", runId(paper.id, new Date()));
    const { figures, exitCode } = await measureAll(chosen, folder, flags, interrupt);
    const missing = figure === undefined ? unchecked(paper, await loadStatements(), suitesIn(all)) : [];
    const notBegun = chosen.slice(figures.length).map(({ suite }) => figureOf(suite));
    const report = { paper, figures, notBegun, unchecked: missing };
    const page = await writePage(report, folder);
    if (flags.json === true) print(JSON.stringify(jsonOf(report, page), null, 2));
    else printReport(report, page, flags.results);
    return exitCode;
  } finally {
    interrupt.dispose();
  }
}

function suitesIn(requests: readonly RunRequest[]) {
  return requests.map(({ suite }) => suite);
}

/** One a suite of the paper, by file name. All are loaded before the first is run. */
async function requestsOf(paper: string, flags: SuiteFlags, signal: AbortSignal): Promise<readonly RunRequest[]> {
  const folder = join(packageRoot, "suites", paper);
  const files = (await readdir(folder)).filter((name) => /\.ya?ml$/.test(name)).sort();
  const requests: RunRequest[] = [];
  for (const file of files) requests.push(await requestOf(join(folder, file), flags, signal));
  return requests;
}

async function preview(requests: readonly RunRequest[]): Promise<ExitCode> {
  const plans = [];
  for (const request of requests) plans.push({ suite: request.suite, ...(await previewRun(request, undefined)) });
  const rows = plans.map(({ suite, plan }) => [
    figureOf(suite),
    suite.title,
    `${plan.points.length} points`,
    duration(plan.seconds.min),
  ]);
  const seconds = plans.reduce((sum, { plan }) => sum + plan.seconds.min, 0);
  print(`${columns([["figure", "suite", "points", "at least"], ...rows])}\n\nIn all at least ${duration(seconds)}.`);
  return EXIT.ok;
}

interface Measured {
  readonly figures: readonly PaperFigure[];
  /** The worst of the runs' own. */
  readonly exitCode: ExitCode;
}

async function measureAll(
  requests: readonly RunRequest[],
  folder: string,
  flags: ReproduceFlags,
  interrupt: Interrupt,
): Promise<Measured> {
  const figures: PaperFigure[] = [];
  let exitCode: ExitCode = EXIT.ok;
  for (const [index, request] of requests.entries()) {
    const { suite } = request;
    tell(`\n${figureTitle(figureOf(suite))}: ${suite.title} (${index + 1} of ${requests.length})`);
    const prepared = await prepareRun(request);
    const { directory, manifest } = prepared.writer;
    const summary = await execute(prepared, flags.json === true, interrupt);
    const input = await reportInput({ ...(await readRun(directory)), summary });
    const file = await tryReport(input, join("reports", manifest.run));
    figures.push({ figure: figureOf(suite), input, link: file === undefined ? undefined : relative(folder, file) });
    exitCode = Math.max(exitCode, exitCodeOf(summary)) as ExitCode;
    if (summary.outcome === "interrupted") break;
  }
  return { figures, exitCode };
}

/** @throws {UserError} `REPORT_NOT_WRITTEN`; the runs are saved all the same */
async function writePage(report: PaperReport, folder: string): Promise<string> {
  const page = join(folder, "index.html");
  try {
    await mkdir(dirname(page), { recursive: true });
    await writeFile(page, await paperHtml(report));
    return page;
  } catch (error) {
    const message = `The page could not be written to ${page}: ${codeOf(error) ?? messageOf(error)}.`;
    const hint = "Check the folder's rights and the free space; the runs are saved: nicbench list runs";
    throw new UserError("REPORT_NOT_WRITTEN", message, hint, { cause: error });
  }
}

function printReport(
  { paper, figures, notBegun, unchecked: missing }: PaperReport,
  page: string,
  results: string,
): void {
  const options = { color: wantsColors(process.stdout), width: process.stdout.columns ?? 100 };
  const blocks = figures.map(({ figure, input }) => {
    const claims = formatClaims(input, options);
    return `${figureTitle(figure)}: ${input.manifest.suite.title}\n${claims === "" ? "It has no claims." : claims}`;
  });
  const untested = missing.map(({ id, claim }) => `not testable here  ${id}  ${claim} No suite checks it.`);
  const counts = verdictCounts(figures.flatMap(({ input }) => reportClaims(input)));
  const stopped = figures.filter(({ input }) => input.summary.outcome === "interrupted");
  const closing = [
    `Claims:  ${counts === "" ? "none" : counts}`,
    `Page:    ${page}`,
    ...stopped.map(
      ({ input }) => `Go on:   ${shellLine(["nicbench", "run", "--resume", join(results, input.manifest.run)])}`,
    ),
    ...notBegun.map(
      (figure) => `         ${shellLine(["nicbench", "reproduce", paper.id, figure])}, with the same options`,
    ),
  ];
  print([...blocks, untested.join("\n"), closing.join("\n")].filter(Boolean).join("\n\n"));
}

function jsonOf({ paper, figures, notBegun, unchecked: missing }: PaperReport, page: string): unknown {
  return {
    schema: 1,
    paper: paper.id,
    page,
    figures: figures.map(({ figure, input: { manifest, summary } }) => {
      return { figure, run: manifest.run, suite: summary.suite, outcome: summary.outcome, claims: summary.claims };
    }),
    notBegun,
    unchecked: missing.map(({ id }) => id),
  };
}

function figureOf({ name, paper }: RunRequest["suite"]): string {
  return paper?.figure ?? name;
}
