import { writeFile } from "node:fs/promises";
import { beforeEach, describe, expect, it } from "vitest";
import { calibrationsOf, keepCalibration } from "../../src/runner/calibration_store.js";
import { temporaryFolder, withEnvironment } from "../agent/agents.js";
import { calibration } from "../results/calibration_sample.js";
import { FACTS } from "../results/sample.js";

const SAME_DAY = new Date("2026-01-02T23:59:59Z");

describe("calibrations that were kept", () => {
  beforeEach(async () => withEnvironment({ XDG_CACHE_HOME: await temporaryFolder() }));

  it("are found by wire, for the same host and day", async () => {
    await keepCalibration(calibration());
    await keepCalibration(calibration({ wire: "af_xdp" }));
    const found = await calibrationsOf(["af_xdp", "socket", "af_xdp"], FACTS, SAME_DAY);
    expect(found).toEqual([calibration({ wire: "af_xdp" })]);
  });

  it("do not count on another day, host or CPU, nor for another version", async () => {
    await keepCalibration(calibration());
    const found = (host: Partial<typeof FACTS>, day: Date) => calibrationsOf(["ring"], { ...FACTS, ...host }, day);
    expect(await found({}, SAME_DAY)).toHaveLength(1);
    expect(await found({}, new Date("2026-01-03T00:00:00Z"))).toEqual([]);
    expect(await found({ hostname: "other" }, SAME_DAY)).toEqual([]);
    expect(await found({ cpuModel: "other" }, SAME_DAY)).toEqual([]);
    await keepCalibration(calibration({ version: "0.0.0", wire: "socket" }));
    expect(await calibrationsOf(["socket"], FACTS, SAME_DAY)).toEqual([]);
  });

  it("count as none if their file is damaged", async () => {
    await writeFile(await keepCalibration(calibration()), "{ half");
    expect(await calibrationsOf(["ring"], FACTS, SAME_DAY)).toEqual([]);
  });

  it("lie in the folder whatever a wire is called", async () => {
    expect(await keepCalibration(calibration({ wire: "../../x" }))).toMatch(
      /calibrations\/sample-.._.._x-[^/]*\.json$/,
    );
  });
});
