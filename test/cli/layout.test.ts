/** `repeat.new_layout`: what the simulated agent finds in its environment, and what the run keeps of it. */
import { describe, expect, it } from "vitest";
import { program } from "./nicbench.js";

describe("a suite that asks for a new layout each repetition", { timeout: 120_000 }, () => {
  it("has new agents each round, whose environment is longer by what its trials' notes say", async () => {
    const { start, onlyRun, trialsStarted } = await program();
    await start(["run", "suite.yaml", "--set", "repeat.new_layout=true", "--no-report", "--quiet"]);
    const started = await trialsStarted();
    const { trials } = await onlyRun();
    expect(trials).toHaveLength(12);
    expect(new Set(started.map(({ pid }) => pid)).size).toBe(3);
    expect(started.map(({ padding }) => padding)).toEqual(trials.map(({ notes }) => notes?.["environmentPadding"]));
    const lengths = [0, 1, 2].map(
      (round) => new Set(started.slice(4 * round, 4 * round + 4).map((one) => one.padding)),
    );
    expect(lengths.map(({ size }) => size)).toEqual([1, 1, 1]);
    expect(new Set(lengths.flatMap((one) => [...one])).size).toBe(3);
  });

  it("leaves environment and agents alone where a suite does not", async () => {
    const { start, onlyRun, trialsStarted } = await program();
    await start(["run", "suite.yaml", "--no-report", "--quiet"]);
    const started = await trialsStarted();
    expect(new Set(started.map(({ pid }) => pid)).size).toBe(1);
    expect(started.every(({ padding }) => padding === undefined)).toBe(true);
    expect((await onlyRun()).trials.every(({ notes }) => notes?.["environmentPadding"] === undefined)).toBe(true);
  });
});
