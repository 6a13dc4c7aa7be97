/** `nicbench selftest` with the simulated agent, which slows down as it is told and has no noise but 1 %. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EXIT } from "../../src/cli/exit_codes.js";
import { program } from "./nicbench.js";

interface Row {
  readonly design: string;
  readonly slowdown: number;
  readonly length: number;
  readonly gates: number;
  readonly outcomes: Readonly<Record<string, number>>;
}

describe("nicbench selftest statistics", { timeout: 120_000 }, () => {
  it("records rounds, plays gates of both designs, and writes table and chart", async () => {
    const { start, folder, onlyRun } = await program();
    const flags = ["--rounds", "40", "--gates", "10", "--out", "out", "--json"];
    const { exitCode, stdout } = await start(["selftest", "statistics", ...flags]);
    expect(exitCode).toBe(EXIT.ok);
    const { rows } = JSON.parse(stdout) as { rows: readonly Row[] };
    const row = (design: string, length: number, slowdown: number) =>
      rows.find((one) => one.design === design && one.length === length && one.slowdown === slowdown)?.outcomes;
    expect(row("stored baseline (1 run)", 10, 0)).toMatchObject({ regressed: 0, broken: 0 });
    expect(row("stored baseline (1 run)", 10, 0.1)).toMatchObject({ regressed: 10 });
    expect(row("side by side", 10, 0)).toMatchObject({ passed: 10 });
    expect(row("side by side", 10, 0.05)).toMatchObject({ regressed: 10 });
    expect(row("stored baseline (1 run)", 20, 0)).toBeUndefined(); // the rounds do not suffice
    expect(await readFile(join(folder, "out", "gates.csv"), "utf8")).toMatch(
      /^design,trials,.*\nstored baseline \(1 run\),5,0,10,/,
    );
    expect(await readFile(join(folder, "out", "gates.svg"), "utf8")).toMatch(/^<svg/);
    const { manifest } = await onlyRun();
    const again = await start(["selftest", "statistics", "--run", manifest.run, ...flags]);
    expect(again.stdout).toBe(stdout);
  });

  it("says what is wrong with a run that is no recording, or too short, or with other words", async () => {
    const { start } = await program();
    await start(["run", "suite.yaml", "--no-report", "--quiet"]);
    const other = await start(["selftest", "statistics", "--run", "latest"]);
    expect([other.exitCode, other.stderr]).toEqual([
      EXIT.usage,
      expect.stringContaining("is no recording of the self-test"),
    ]);
    const short = await start(["selftest", "statistics", "--rounds", "3"]);
    expect(short.stderr).toContain("has 3 rounds, and a gate of 5 trials a side needs 10");
    expect((await start(["selftest", "everything"])).stderr).toContain("'everything' is no self-test");
  });
});
