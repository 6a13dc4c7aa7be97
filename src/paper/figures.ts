/** The figures of a paper that suites re-run, and the published statements that none of them checks. */
import { UserError } from "../errors.js";
import { papers, findPaper, type Paper } from "./reference/papers.js";
import type { PublishedStatement } from "./reference/published_claims.js";

/** A suite as far as figures go. */
export interface FigureSuite {
  /** Of the suite, such as `pam21-fig2a`. */
  readonly name: string;
  readonly paper?: { readonly figure?: string | undefined } | undefined;
}

/** @throws {UserError} `PAPER_UNKNOWN` */
export function paperNamed(id: string): Paper {
  const paper = findPaper(id);
  if (paper !== undefined) return paper;
  const known = papers.map((one) => `${one.id} (${one.title})`).join(", ");
  throw new UserError("PAPER_UNKNOWN", `There are no suites of a paper '${id}'.`, `There are those of ${known}.`);
}

/**
 * The suites of a figure: by a word of its name in the paper (`2a`, `4b`), by the number that such a word begins with
 * (`2`: 2a to 2d), or by the suite's name with or without the paper's (`single_core`). All of them without a figure.
 *
 * @throws {UserError} `FIGURE_UNKNOWN`
 */
export function suitesOfFigure<S extends FigureSuite>(suites: readonly S[], wanted: string | undefined): readonly S[] {
  if (wanted === undefined) return suites;
  const found = suites.filter((suite) => shows(suite, wanted.toLowerCase()));
  if (found.length > 0) return found;
  const known = suites.map(({ name, paper }) => `${paper?.figure ?? name} (${nameIn(name)})`).join(", ");
  throw new UserError("FIGURE_UNKNOWN", `No suite is of a figure '${wanted}'.`, `There are: ${known}.`);
}

/** `Figure 2a`; what is no figure by number keeps its name. */
export function figureTitle(figure: string): string {
  return /^\d/.test(figure) ? `Figure ${figure}` : figure.replace(/^[a-z]/, (letter) => letter.toUpperCase());
}

/** Statements of the paper that are the claim of no suite. */
export function unchecked(
  { id }: Pick<Paper, "id">,
  statements: readonly PublishedStatement[],
  suites: readonly { readonly claims: readonly { readonly id: string }[] }[],
): readonly PublishedStatement[] {
  const claimed = new Set(suites.flatMap(({ claims }) => claims.map((claim) => claim.id)));
  return statements.filter(
    (statement) => statement.paper.toLowerCase().split(" ").includes(id) && !claimed.has(statement.id),
  );
}

function shows({ name, paper }: FigureSuite, wanted: string): boolean {
  const words = (paper?.figure ?? "").toLowerCase().split(/\s+/);
  const isNumber = /^\d+$/.test(wanted);
  const names = [name, nameIn(name), paper?.figure ?? ""].map((one) => one.toLowerCase());
  return (
    names.includes(wanted.replaceAll("_", "-")) ||
    words.some(
      (word) => word === wanted || (isNumber && /^\d+[a-z]$/.test(word) && Number.parseInt(word) === Number(wanted)),
    )
  );
}

/** Without the paper's id: `fig2a`. */
function nameIn(name: string): string {
  return name.replace(/^[^-]*-/, "");
}
