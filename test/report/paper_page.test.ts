import { describe, expect, it } from "vitest";
import { paperHtml, type PaperFigure } from "../../src/report/html/paper_page.js";
import { paperNamed } from "../../src/paper/figures.js";
import { loadStatements } from "../../src/paper/reference/published_claims.js";
import { HOSTILE } from "./hostile.js";
import { quickstartPoints, syntheticInput } from "./synthetic.js";
import type { ReportClaim } from "../../src/report/input.js";

const CLAIM: ReportClaim = {
  id: "HP04",
  says: "Cuckoo++ wins.",
  verdict: "refuted",
  evidence: "It does not.",
  details: [],
};

async function pageOf(changes: Partial<PaperFigure> = {}, claim: Partial<ReportClaim> = {}): Promise<string> {
  const input = { ...syntheticInput({ points: quickstartPoints().slice(0, 2) }), claims: [{ ...CLAIM, ...claim }] };
  const figures = [{ figure: "2a", input, link: "../run/report.html", ...changes }];
  const unchecked = (await loadStatements()).filter(({ id }) => id === "HP05");
  return paperHtml({ paper: paperNamed("hpsr21"), figures, notBegun: ["2b", HOSTILE], unchecked });
}

describe("the page of a paper", () => {
  it("says first what became of each statement, then why, with a link to the run's own report", async () => {
    const page = await pageOf();
    expect(page.indexOf("1 refuted")).toBeLessThan(page.indexOf("It does not."));
    expect(page).toMatch(/<a href="#[^"]+">Figure 2a<\/a>/);
    expect(page).toContain('<a href="../run/report.html">');
    expect(page).toContain("<strong>HP05</strong>");
    expect(page).toContain("Stopped before: Figure 2b, ");
  });

  it("lets nothing out of its place", async () => {
    const page = await pageOf(
      { figure: HOSTILE, link: HOSTILE },
      { says: HOSTILE, evidence: HOSTILE, verdict: HOSTILE },
    );
    expect(page).not.toContain("<script");
    expect(page).not.toContain("<img");
  });
});
