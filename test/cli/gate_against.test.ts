/** Two builds in turns: simulated agents, one of which is the build there. */
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { EXIT } from "../../src/cli/exit_codes.js";
import { SIMULATED_AGENT } from "../agent/agents.js";
import { program, SUITE, type Program } from "./nicbench.js";

const GATED = `${SUITE.replace("[64Ki, 1Mi]", "[64Ki]")}gate: [{ metric: forwarding_rate, worse_by: 5% }]\n`;

/** A program with another build in `before`, whose frames take as long as this one's unless told otherwise. */
async function withBuild(): Promise<Program> {
  const nicbench = await program(GATED);
  const bin = join(nicbench.folder, "before", "bin");
  await mkdir(bin, { recursive: true });
  const text = `process.env.SIMULATED_SLOWDOWN = "1";\nawait import("${pathToFileURL(SIMULATED_AGENT).href}");\n`;
  await writeFile(join(bin, "nicbench.js"), text);
  await writeFile(join(nicbench.folder, "before", "package.json"), '{ "type": "module" }');
  return nicbench;
}

const AGAINST = ["gate", "--against", "before", "suite.yaml", "--pairs", "9"];

describe("nicbench gate --against", { timeout: 120_000 }, () => {
  it("passes a build that is as fast as the one there, after as many runs of each as told", async () => {
    const { start, folder } = await withBuild();
    const { exitCode, stdout } = await start(AGAINST);
    expect(stdout).toContain("Gate passed. 2 checks: 2 passed.");
    expect(exitCode).toBe(EXIT.ok);
    expect(await readdir(join(folder, "results"))).toHaveLength(18);
  });

  it("exits with 3 on one that is slower, and says by how much", async () => {
    const { start } = await withBuild();
    const { exitCode, stdout } = await start([...AGAINST, "--json"], { SIMULATED_SLOWDOWN: "1.25" });
    expect(exitCode).toBe(EXIT.gate);
    const { checks } = JSON.parse(stdout) as { checks: readonly { outcome: string; ratio: readonly number[] }[] };
    expect(checks.map(({ outcome }) => outcome)).toEqual(["regressed", "regressed"]);
    expect(checks[0]?.ratio[1]).toBeCloseTo(0.8, 3);
  });

  it("wants a build that is there, a suite, and no baseline beside it", async () => {
    const { start } = await withBuild();
    const absent = await start(["gate", "--against", "nowhere", "suite.yaml"]);
    expect([absent.exitCode, absent.stderr]).toEqual([EXIT.usage, expect.stringContaining("no nicbench in nowhere")]);
    const run = await start(["gate", "--against", "before", "latest"]);
    expect(run.stderr).toContain("--against measures a suite with two builds");
    const pairs = await start(["gate", "--against", "before", "suite.yaml", "--pairs", "some"]);
    expect(pairs.stderr).toContain("--pairs some is no number of pairs");
  });
});
