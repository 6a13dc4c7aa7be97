import { describe, expect, it } from "vitest";
import { figureTitle, paperNamed, suitesOfFigure, unchecked } from "../../src/paper/figures.js";
import { loadStatements } from "../../src/paper/reference/published_claims.js";

const suites = [
  { name: "pam21-fig2a", paper: { figure: "2a" } },
  { name: "pam21-fig2b", paper: { figure: "2b" } },
  { name: "pam21-fig4ab", paper: { figure: "4a and 4b" } },
  { name: "pam21-match-share", paper: { figure: "README of the repository" } },
  { name: "pam21-fig20", paper: { figure: "20" } },
];

function named(wanted: string | undefined): readonly string[] {
  return suitesOfFigure(suites, wanted).map(({ name }) => name);
}

describe("the figures of a paper", () => {
  it("are all of them unless one is named", () => {
    expect(named(undefined)).toHaveLength(suites.length);
  });

  it("are named as in the paper, also where a suite re-runs two", () => {
    expect(named("2a")).toEqual(["pam21-fig2a"]);
    expect(named("4B")).toEqual(["pam21-fig4ab"]);
  });

  it("are named by their number alone for all of its parts, and not for other numbers", () => {
    expect(named("2")).toEqual(["pam21-fig2a", "pam21-fig2b"]);
    expect(named("20")).toEqual(["pam21-fig20"]);
  });

  it("are named as their suites", () => {
    expect(named("fig2a")).toEqual(["pam21-fig2a"]);
    expect(named("match_share")).toEqual(["pam21-match-share"]);
    expect(named("pam21-match-share")).toEqual(["pam21-match-share"]);
  });

  it("are told where one is not there", () => {
    expect(() => named("7")).toThrow(expect.objectContaining({ code: "FIGURE_UNKNOWN" }));
    expect(() => paperNamed("pam22")).toThrow(expect.objectContaining({ code: "PAPER_UNKNOWN" }));
    expect(paperNamed("pam21").venue).toBe("PAM 2021");
  });

  it("have titles", () => {
    expect(["2a", "4a and 4b", "single-thread bars"].map(figureTitle)).toEqual([
      "Figure 2a",
      "Figure 4a and 4b",
      "Single-thread bars",
    ]);
  });

  it("leave those statements of the paper unchecked that no suite claims", async () => {
    const claimed = [{ claims: ["HP01", "HP02", "HP03", "HP04", "HP06", "HP07"].map((id) => ({ id })) }];
    const left = unchecked({ id: "hpsr21" }, await loadStatements(), claimed);
    expect(left.map(({ id }) => id)).toEqual(["HP05", "HP08", "HP09", "HP10", "HP11"]);
  });
});
