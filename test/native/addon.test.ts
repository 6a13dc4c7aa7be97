import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadAddon } from "../../src/native/addon.js";
import { temporaryFolder, withEnvironment } from "../agent/agents.js";
import { program } from "../cli/nicbench.js";

describe("a missing addon", () => {
  it("is said with the two commands that mend it", () => {
    expect(() => loadAddon("/nonexistent/nicbench.node")).toThrow(
      expect.objectContaining({
        code: "NATIVE_MISSING",
        message: "The native addon is not built: there is no /nonexistent/nicbench.node.",
        hint: expect.stringContaining("npm run build:native"),
      }),
    );
  });

  it("is told from one that does not load", async () => {
    const file = join(await temporaryFolder(), "nicbench.node");
    await writeFile(file, "not a library");
    expect(() => loadAddon(file)).toThrow(expect.objectContaining({ code: "NATIVE_BROKEN" }));
  });

  it("ends a run before it starts, with the fix, and leaves nothing behind", async () => {
    withEnvironment({ NICBENCH_ADDON: "/nonexistent/nicbench.node" });
    const { start, folder } = await program();
    const { exitCode, stderr, stdout } = await start(["run", "suite.yaml"], { NICBENCH_AGENT: "" });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toMatch(/^error: The native addon is not built.*\nhint: Install .*npm run build:native$/);
    expect(await readdir(join(folder, "results"))).toEqual([]);
  });

  it("does not keep anybody from planning: --dry-run warns and shows the plan", async () => {
    withEnvironment({ NICBENCH_ADDON: "/nonexistent/nicbench.node" });
    const { start } = await program();
    const { exitCode, stderr, stdout } = await start(["run", "suite.yaml", "--dry-run"], { NICBENCH_AGENT: "" });
    expect(exitCode).toBe(0);
    expect(stderr).toContain("warning: The native addon is not built");
    expect(stdout).toContain("Points:  4");
  });
});
