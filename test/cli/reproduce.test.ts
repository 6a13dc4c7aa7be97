/** `nicbench reproduce` with the suites that ship and the simulated agent, which has two of their tables. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { eventually } from "../agent/agents.js";
import { program } from "./nicbench.js";

const SMALL = ["--tag", "small", "--set", "repeat.min=1", "--set", "repeat.max=1"];

describe("nicbench reproduce", () => {
  it("runs a figure's suite, prints the verdict on each claim, and writes one page", async () => {
    const { start, folder, onlyRun } = await program();
    const { exitCode, stdout } = await start(["reproduce", "hpsr21", "single_core", ...SMALL]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^not testable here {2}HP01/m);
    const [, page = ""] = /^Page: +(.*)$/m.exec(stdout) ?? [];
    const { manifest } = await onlyRun();
    const text = await readFile(join(folder, page), "utf8");
    expect(text).toContain("On one core the tables rank");
    expect(text).toContain(`../${manifest.run}/report.html`);
    expect(text).toContain("published");
  });

  it("says after Ctrl-C how to go on, and what was not begun", async () => {
    const { start, folder, onlyRun, trialsStarted } = await program();
    const child = start(["reproduce", "hpsr21", "--tag", "small"], { SIMULATED_TRIAL_MS: "300" });
    await eventually(async () => (await trialsStarted()).length > 0, "a trial began");
    child.kill("SIGINT");
    const { exitCode, stdout } = await child;
    expect(exitCode).toBe(130);
    const { manifest } = await onlyRun();
    expect(stdout).toContain(`Go on:   nicbench run --resume results/${manifest.run}`);
    expect(stdout).toContain("nicbench reproduce hpsr21 'single-thread bars', with the same options");
    const [, page = ""] = /^Page: +(.*)$/m.exec(stdout) ?? [];
    expect(await readFile(join(folder, page), "utf8")).toMatch(/Stopped before: .*Single-thread bars/);
  });

  it("prints figures, runs and verdicts as JSON", async () => {
    const { start, onlyRun } = await program();
    const { stdout } = await start(["reproduce", "hpsr21", "single_core", ...SMALL, "--json"]);
    const { manifest } = await onlyRun();
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 1,
      paper: "hpsr21",
      figures: [{ figure: "single-thread bars", run: manifest.run, claims: [{ id: "HP01" }, { id: "HP04" }] }],
    });
  });

  it("shows what it would run, and refuses a paper or a figure that it does not know", async () => {
    const { start } = await program();
    const { exitCode, stdout } = await start(["reproduce", "pam21", "2", "--tag", "small", "--dry-run"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^2a .*\n2b .*\n2c .*\n2d .*\n\nIn all at least/m);
    const unknown = await start(["reproduce", "pam21", "7"]);
    expect(unknown.exitCode).toBe(2);
    expect(unknown.stderr).toContain("No suite is of a figure '7'.");
    expect((await start(["reproduce", "pam22"])).stderr).toContain("There are no suites of a paper 'pam22'.");
  });
});
