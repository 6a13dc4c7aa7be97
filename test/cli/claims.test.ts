/** What a user sees of a suite's claims: at loading, after the run, in the report. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { program, SUITE } from "./nicbench.js";
import type { Summary } from "../../src/results/model.js";

const CLAIMS = `
claims:
  - id: HP02
    says: Three cores reach line rate.
    expect: { untestable: this run has one core }
  - id: lossless
    says: No frame is lost.
    expect: { within: { metric: loss_ratio, at_most: 100% } }
`;

describe("a suite with claims", () => {
  it("has its verdicts printed below the result table, in summary.json, and in every report", async () => {
    const { start, onlyRun, folder } = await program(SUITE + CLAIMS);
    const { exitCode, stdout } = await start(["run", "suite.yaml", "--quiet"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^not testable here {2}HP02 {6}Three cores reach line rate\.\n {29}this run has one core$/m);
    expect(stdout).toMatch(/^confirmed {10}lossless {2}No frame is lost\.$/m);
    expect(stdout.indexOf("chaining-stl")).toBeLessThan(stdout.indexOf("lossless"));
    const { manifest, directory } = await onlyRun();
    const summary = JSON.parse(await readFile(join(directory, "summary.json"), "utf8")) as Summary;
    expect(summary.claims.map(({ id, verdict }) => [id, verdict])).toEqual([
      ["HP02", "not testable here"],
      ["lossless", "confirmed"],
    ]);
    const report = await readFile(join(folder, "reports", manifest.run, "report.html"), "utf8");
    expect(report).toContain("Three cores reach line rate.");
    const again = await start(["report", manifest.run, "--format", "md", "--out", "again"]);
    expect(again.exitCode).toBe(0);
    const markdown = await readFile(join(folder, "again", "report.md"), "utf8");
    expect(markdown).toContain(
      "| HP02 | Three cores reach line rate. | not testable here | this run has one core | 3 cores;",
    );
  });

  it("has them in what --json prints, and fails for no verdict", async () => {
    const refuted = CLAIMS.replace("at_most: 100%", "above: 99%");
    const { start } = await program(SUITE + refuted);
    const { exitCode, stdout } = await start(["run", "suite.yaml", "--json", "--no-report"]);
    expect(exitCode).toBe(0);
    const { claims } = JSON.parse(stdout) as Summary;
    expect(claims[1]).toMatchObject({ id: "lossless", verdict: "refuted", evidence: expect.stringContaining("loss") });
  });

  it("is refused before anything runs if a claim is wrong, with its place", async () => {
    const { start, folder } = await program(SUITE + CLAIMS.replace("loss_ratio", "los_ratio"));
    const column = "    expect: { within: { metric: ".length + 1;
    const line = (SUITE + CLAIMS).split("\n").findIndex((text) => text.includes("loss_ratio")) + 1;
    for (const command of ["run", "validate"]) {
      const { exitCode, stderr } = await start([command, "suite.yaml"]);
      expect(exitCode).toBe(2);
      expect(stderr).toContain(
        `suite.yaml:${line}:${column}: claims[1].expect.within.metric: 'los_ratio' is no metric`,
      );
    }
    await writeFile(
      join(folder, "suite.yaml"),
      `${SUITE.trimEnd().replace(" color: table }", " reference: nobody }")}\n`,
    );
    const { stderr } = await start(["validate", "suite.yaml"]);
    expect(stderr).toContain("plots[0].reference: 'nobody' is no published table; there are: ");
  });
});
