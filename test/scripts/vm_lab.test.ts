/** scripts/vm-lab, with a real boot where Debian's kernel and qemu are there. */
import { execa } from "execa";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../../src/package.js";
import { temporaryFolder } from "../agent/agents.js";

const VM_LAB = `${packageRoot}scripts/vm-lab`;
const hasKernel = readdirSync("/boot").some((name) => /^vmlinuz-.*-amd64$/.test(name));
const hasQemu = existsSync("/usr/bin/qemu-system-x86_64") && existsSync("/usr/bin/busybox");

describe("vm-lab", () => {
  it.each([
    [[], "no command"],
    [["--timeout", "soon", "true"], "whole numbers above 0"],
    [["--speed", "9"], "there is no option --speed"],
  ])("refuses %j", async (words, message) => {
    const { exitCode, stderr } = await execa(VM_LAB, words, { reject: false });
    expect([exitCode, stderr]).toEqual([125, expect.stringContaining(message)]);
  });

  it.skipIf(!hasKernel || !hasQemu)(
    "removes what one that was killed left behind, and nothing of one that runs (needs qemu and Debian's kernel)",
    { timeout: 120_000 },
    async () => {
      const folder = await temporaryFolder();
      const start = () => execa(VM_LAB, ["sleep", "60"], { env: { TMPDIR: folder }, reject: false });
      const left = () => readdirSync(folder).filter((name) => existsSync(join(folder, name, "initramfs")));
      const killed = start();
      await expect.poll(left, { timeout: 30_000 }).toHaveLength(1);
      const [stale = ""] = left();
      killed.kill("SIGKILL");
      await killed;
      expect(left()).toEqual([stale]);
      const [second, third] = [start(), start()];
      await expect.poll(left, { timeout: 30_000 }).toHaveLength(2);
      expect(left()).not.toContain(stale);
      for (const each of [second, third]) each.kill("SIGTERM");
      for (const { exitCode } of await Promise.all([second, third])) expect(exitCode).toBe(143);
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  it.skipIf(!hasKernel || !hasQemu)(
    "leaves nothing running when it is killed while the machine starts (needs qemu and Debian's kernel)",
    { timeout: 60_000 },
    async () => {
      const [folder, tools] = [await temporaryFolder(), await temporaryFolder()];
      const started = join(tools, "started");
      const slow = `#!/bin/sh\ntouch ${started}\nsleep 1\nexec /usr/bin/setpriv "$@"\n`;
      writeFileSync(join(tools, "setpriv"), slow, { mode: 0o755 });
      const env = { TMPDIR: folder, PATH: `${tools}:${process.env["PATH"]}` };
      const killed = execa(VM_LAB, ["sleep", "60"], { env, reject: false });
      await expect.poll(() => existsSync(started), { timeout: 30_000 }).toBe(true);
      killed.kill("SIGKILL");
      // Whatever it started has its output, and keeps it open.
      expect((await killed).signal).toBe("SIGKILL");
    },
  );

  it.skipIf(!hasKernel || !hasQemu)(
    "gives a command's output and status, after what its output file holds already (needs qemu and Debian's kernel)",
    { timeout: 300_000 },
    async () => {
      const folder = await temporaryFolder();
      const [out, script] = [join(folder, "out"), join(folder, "run.sh")];
      writeFileSync(out, "before\n");
      writeFileSync(script, "uname -r; echo written > /gone; echo wrong >&2; exit 3\n");
      const line = `"$0" --timeout 200 sh "$1" >>"$2" 2>&1`;
      const { exitCode } = await execa("bash", ["-c", line, VM_LAB, script, out], { reject: false });
      const [before, ...lines] = readFileSync(out, "utf8").trim().split("\n"); // the rest in any order
      expect([exitCode, before]).toEqual([3, "before"]);
      expect(lines).toEqual(expect.arrayContaining(["wrong", expect.stringMatching(/-amd64$/)]));
      expect(existsSync("/gone")).toBe(false);
    },
  );
});
