/** `nicbench calibrate` with the real agent, and a run that knows of it. */
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { addonFile } from "../../src/native/addon.js";
import { keepCalibration } from "../../src/runner/calibration_store.js";
import { withEnvironment } from "../agent/agents.js";
import { calibration } from "../results/calibration_sample.js";
import { program, type Program } from "./nicbench.js";

async function real(): Promise<Program & { readonly cache: string }> {
  const simulated = await program();
  const cache = join(simulated.folder, "cache");
  const environment = { NICBENCH_AGENT: "", XDG_CACHE_HOME: cache };
  return { ...simulated, cache, start: (args) => simulated.start(args, environment) };
}

describe.skipIf(!existsSync(addonFile))("nicbench calibrate (needs the addon: npm run build:native)", () => {
  it("prints what the generator can do, and keeps it unless others took its CPU", { timeout: 60_000 }, async () => {
    const { start } = await real();
    const { stdout, stderr, exitCode } = await start(["calibrate", "--seconds", "50ms"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^ring\n\nframe size +ceiling/);
    expect(stdout).toMatch(/1518 B +[\d.]+ [kM]pps/);
    expect(stdout).toContain("round trip at 10 kpps");
    const file = /kept in (.*)$/m.exec(stderr)?.[1];
    if (file === undefined) expect(stderr).toContain("so that this is not kept");
    else expect(JSON.parse(await readFile(file, "utf8"))).toMatchObject({ schema: 1, wire: "ring" });
  });

  it("prints JSON and nothing else on request", { timeout: 60_000 }, async () => {
    const { start } = await real();
    const { stdout } = await start(["calibrate", "--seconds", "50ms", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject([{ schema: 1, wire: "ring" }]);
  });

  it.each([
    [["--wire", "rign"], "did you mean 'ring'?"],
    [["--seconds", "0"], "cannot last 0"],
    [["nowhere.yaml"], "There is no testbed file nowhere.yaml."],
  ])("refuses %j and says why", async (args, reason) => {
    const { start } = await real();
    const { exitCode, stderr } = await start(["calibrate", ...args]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(reason);
    expect(stderr).toContain("hint:");
  });
});

it("a testbed with ports is not calibrated: what would be measured is something else", async () => {
  const { folder, start } = await program();
  const roles = ["generator", "dut"].map(
    (role) => `  ${role}: { host: here, ports: [{ io: socket, interface: ${role} }] }`,
  );
  const testbed = ["nicbench: 1", "name: ports", "hosts:", "  here: { kind: local }", "roles:", ...roles].join("\n");
  await writeFile(join(folder, "ports.yaml"), testbed);
  const { exitCode, stderr } = await start(["calibrate", "ports.yaml"]);
  expect(stderr).toContain("Testbed ports joins its roles by ports");
  expect(exitCode).toBe(2);
});

/** As the simulated agent says. */
const SIMULATED_HOST = { hostname: "simulated", cpuModel: "simulated" };

describe("a run on a calibrated wire", () => {
  it("names the calibration, and marks points near the ceiling", async () => {
    const { folder, start, onlyRun } = await program();
    const cache = join(folder, "cache");
    withEnvironment({ XDG_CACHE_HOME: cache });
    const ceilings = [64, 1518].map((frameSize) => ({ frameSize, rate: 1, least: 1 }));
    const known = calibration({ ...SIMULATED_HOST, at: new Date().toISOString(), ceilings });
    await keepCalibration(known);
    const { stdout } = await start(["run", "suite.yaml", "--no-report"], { XDG_CACHE_HOME: cache });
    expect(stdout).toContain("near-generator-ceiling");
    const { manifest, trials } = await onlyRun();
    expect(manifest.calibrations).toEqual([known]);
    expect(trials.every(({ status, flags }) => status !== "ok" || flags.includes("near-generator-ceiling"))).toBe(true);
  });
});
