import { execa } from "execa";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { lockRun } from "../../src/results/lock.js";
import { temporaryFolder } from "../agent/agents.js";

describe("the lock of a run", () => {
  it("is held by one process at a time and can be taken again after its release", async () => {
    const folder = await temporaryFolder();
    const lock = await lockRun(folder);
    await expect(lockRun(folder)).rejects.toMatchObject({
      code: "RUN_LOCKED",
      message: expect.stringContaining(`Process ${process.pid}`),
    });
    lock.release();
    expect(existsSync(join(folder, "lock"))).toBe(false);
    (await lockRun(folder)).release();
  });

  it("of a dead process is taken over", async () => {
    const folder = await temporaryFolder();
    const dead = execa("true");
    await dead;
    const pid = dead.pid!;
    await writeFile(join(folder, "lock"), JSON.stringify({ pid, host: hostname(), started: "1" }));
    (await lockRun(folder)).release();
  });

  it("of a process whose id was given to another one is taken over", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "lock"), JSON.stringify({ pid: process.pid, host: hostname(), started: "1" }));
    (await lockRun(folder)).release();
  });

  it("of another machine is respected, with advice", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "lock"), JSON.stringify({ pid: 1, host: "elsewhere", started: "1" }));
    await expect(lockRun(folder)).rejects.toMatchObject({
      message: expect.stringContaining("Process 1 on elsewhere"),
      hint: expect.stringContaining(join(folder, "lock")),
    });
  });

  it("goes to exactly one of many that find the lock of a dead process", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "lock"), "damaged");
    const takers = await Promise.allSettled(Array.from({ length: 8 }, () => lockRun(folder)));
    expect(takers.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(JSON.parse(await readFile(join(folder, "lock"), "utf8"))).toMatchObject({ pid: process.pid });
  });
});
