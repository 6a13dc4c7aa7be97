/** From a run to a report's input: claims judged, published tables read. All that a report reads beyond the run. */
import { UserError } from "../errors.js";
import { judgeRun, tablesByName, verdictsOf } from "../paper/run_claims.js";
import { loadStatements, type PublishedStatement } from "../paper/reference/published_claims.js";
import type { PlotRequest } from "../results/model.js";
import type { ReportClaim, ReportInput } from "./input.js";

/** What a run directory holds; a summary's own claims are judged anew, as a killed run has none. */
export type MeasuredRun = Pick<ReportInput, "manifest" | "summary" | "trials" | "skipped">;

export async function prepareReport({ manifest, summary, trials, skipped }: MeasuredRun): Promise<ReportInput> {
  const results = await judgeRun(manifest, summary);
  const statements = results.length > 0 ? await publishedStatements() : new Map<string, PublishedStatement>();
  return {
    manifest,
    summary: { ...summary, claims: verdictsOf(results) },
    trials,
    skipped,
    claims: results.map(({ id, says, verdict, evidence, details }): ReportClaim => {
      const statement = statements.get(id);
      return { id, says, verdict, evidence, details, ...(statement && { published: publishedOf(statement) }) };
    }),
    references: await tablesByName(manifest.suite.plots.flatMap(tableOf)),
  };
}

function tableOf({ reference }: PlotRequest): readonly string[] {
  if (reference === undefined) return [];
  return [typeof reference === "string" ? reference : reference.series];
}

/** By id. A report does without them where their file cannot be read. */
async function publishedStatements(): Promise<ReadonlyMap<string, PublishedStatement>> {
  try {
    return new Map((await loadStatements()).map((statement) => [statement.id, statement]));
  } catch (error) {
    if (error instanceof UserError) return new Map();
    throw error;
  }
}

/** `48.3, 32.7 Gbps` with `single_thread bars; 1 core, 4M entries`. */
function publishedOf({ value, unit, place, condition }: PublishedStatement): NonNullable<ReportClaim["published"]> {
  const spaced = value.replaceAll("/", " / ").replaceAll("->", " → ");
  return {
    value: unit === "" || unit === "ratio" ? spaced : `${spaced} ${unit}`,
    context: [place, condition].filter((part) => part !== "" && part !== "same").join("; "),
  };
}
