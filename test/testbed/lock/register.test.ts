import { execa } from "execa";
import { mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../../../src/package.js";
import { registerIn } from "../../../src/testbed/lock/register.js";
import { temporaryFolder } from "../../agent/agents.js";

async function folder(): Promise<string> {
  return join(await temporaryFolder(), "lock");
}

/** Enters a room by turns, and fails if it is not alone there. */
const VISITOR = `
import { closeSync, openSync, rmSync } from "node:fs";
const [, , module, folder, room, times] = process.argv;
const { registerIn } = await import(module);
const register = registerIn(folder);
for (let visits = 0; visits < Number(times); ) {
  const { number, text } = await register.read();
  if (text !== "" || !(await register.replace(number, String(process.pid)))) continue;
  closeSync(openSync(room, "wx"));
  rmSync(room);
  await register.replace(number + 1, "");
  visits += 1;
}`;

describe("a register", () => {
  it("is empty at first, and holds what was written last", async () => {
    const register = registerIn(await folder());
    const first = await register.read();
    expect(first.text).toBe("");
    expect(await register.replace(first.number, "a")).toBe(true);
    const second = await register.read();
    expect(second.text).toBe("a");
    expect(await register.replace(second.number, "")).toBe(true);
    expect((await register.read()).text).toBe("");
  });

  it("refuses to replace what was replaced already, however long ago", async () => {
    const path = await folder();
    const register = registerIn(path);
    const { number } = await register.read();
    for (const text of ["a", "b", "c"]) expect(await register.replace((await register.read()).number, text)).toBe(true);
    expect(await register.replace(number, "late")).toBe(false);
    expect(await register.replace(number + 1, "late")).toBe(false);
    expect((await register.read()).text).toBe("c");
    expect(readdirSync(path)).toHaveLength(1);
  });

  it("lets one process in at a time, and each of them", async () => {
    const [path, home] = [await folder(), await temporaryFolder()];
    const script = join(home, "visitor.mjs");
    writeFileSync(script, VISITOR);
    const module = join(packageRoot, "dist/testbed/lock/register.js");
    const visit = () => execa(process.execPath, [script, module, path, join(home, "room"), "50"], { reject: false });
    const visitors = await Promise.all([visit(), visit(), visit(), visit()]);
    expect(visitors.map(({ stderr }) => stderr)).toEqual(["", "", "", ""]);
    expect((await registerIn(path).read()).text).toBe("");
  });

  it("is for all users of the machine, whatever the umask", async () => {
    const path = await folder();
    const before = process.umask(0o077);
    try {
      await registerIn(path).replace(0, "a");
    } finally {
      process.umask(before);
    }
    expect(statSync(path).mode & 0o7777).toBe(0o777);
    expect(statSync(join(path, "lock.1")).mode & 0o777).toBe(0o644);
  });

  it("says what to do where it cannot be kept, and follows no link", async () => {
    const file = join(await temporaryFolder(), "file");
    writeFileSync(file, "");
    await expect(registerIn(file).read()).rejects.toMatchObject({ code: "LOCK_FOLDER", message: /no folder/ });
    await expect(registerIn(join(file, "lock")).read()).rejects.toMatchObject({ code: "LOCK_FOLDER" });
    const link = join(await temporaryFolder(), "link");
    symlinkSync("/etc", link);
    await expect(registerIn(link).read()).rejects.toMatchObject({ code: "LOCK_FOLDER", message: /no folder/ });
  });

  it("takes for nothing what is no file of ours, and can still be replaced", async () => {
    const path = await folder();
    mkdirSync(path);
    symlinkSync("/etc/passwd", join(path, "lock.7"));
    const register = registerIn(path);
    expect(await register.read()).toEqual({ number: 7, text: "" });
    expect(await register.replace(7, "a")).toBe(true);
    expect(readdirSync(path)).toEqual(["lock.8"]);
  });
});
