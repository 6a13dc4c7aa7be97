/** Programs on a host: real processes, through the code of the agent and through an agent that is killed. */
import { execa } from "execa";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { keepOutput } from "../../src/agent/kept_output.js";
import { findProgram, hostPrograms, type HostPrograms } from "../../src/agent/programs.js";
import { requestLine } from "../../src/agent/messages.js";
import { lineMatcher } from "../../src/agent/ready.js";
import type { ProgramCommand } from "../../src/agent/protocol.js";
import { eventually, isRunning, NICBENCH, temporaryFolder } from "./agents.js";

const TERM = { signal: "SIGTERM", seconds: 20 } as const;

function shell(script: string, ready?: string): ProgramCommand {
  const rule = ready === undefined ? {} : { ready: { pattern: ready, seconds: 20 } };
  return { name: "dut", command: ["sh", "-c", script], environment: {}, ...rule };
}

function programs(): HostPrograms {
  const host = hostPrograms();
  onTestFinished(async () => {
    await host.stop("dut", { signal: "SIGTERM", seconds: 0.01 });
  });
  return host;
}

describe("a program on a host", () => {
  it("is ready when it says so, and is stopped with what it printed", async () => {
    const host = programs();
    await host.start(shell("echo one; echo oops >&2; echo server is up; exec sleep 1000", "^server is"));
    expect(await host.wait("dut", 0.01)).toEqual({ ended: false });
    expect(await host.stop("dut", TERM)).toMatchObject({
      stdout: "one\nserver is up\n",
      stderr: "oops\n",
      killed: false,
      cut: false,
    });
    expect(await host.stop("dut", TERM)).toMatchObject({ stdout: "" });
  });

  it("is ready at a prompt, and ends by a line", async () => {
    const host = programs();
    await host.start(shell("printf 'testpmd> '; read line; echo got $line", "^testpmd> $"));
    expect(await host.stop("dut", { line: "quit $(id)", seconds: 20 })).toMatchObject({
      stdout: "testpmd> got quit $(id)\n",
      killed: false,
    });
  });

  it("tells how it ended by itself", async () => {
    const host = programs();
    await host.start(shell("exit 3"));
    expect(await host.wait("dut", 20)).toEqual({ ended: true, well: false, how: "exited with code 3" });
  });

  it("gets its words, environment and folder as they are", async () => {
    const folder = await temporaryFolder();
    const nasty = ["$(touch a)", "`id`", "'; touch b; '", "a\nb", "*", "--", ""];
    const command = ["sh", "-c", 'printf "<%s>" "$@"; printf "|%s|%s" "$NASTY" "$PWD"', "sh", ...nasty];
    const host = programs();
    await host.start({ name: "dut", command, environment: { NASTY: "$(id)" }, directory: folder });
    await host.wait("dut", 20);
    const { stdout } = await host.stop("dut", TERM);
    expect(stdout).toBe(`${nasty.map((word) => `<${word}>`).join("")}|$(id)|${folder}`);
  });

  it("is killed with all that it started when it does not stop", async () => {
    const folder = await temporaryFolder();
    const host = programs();
    const script = `trap '' TERM; sh -c 'trap "" TERM; sleep 1000; :' & echo $! > ${folder}/child; echo up; while :; do wait; done`;
    await host.start(shell(script, "^up"));
    expect(await host.stop("dut", { signal: "SIGTERM", seconds: 0.05 })).toMatchObject({ killed: true });
    const child = Number(await readFile(join(folder, "child"), "utf8"));
    await eventually(() => !isRunning(child), "its child is gone");
  });

  it("is told apart from one that never is ready, or ends before", async () => {
    const host = programs();
    const late = { ...shell("exec sleep 1000"), ready: { pattern: "^up", seconds: 0.05 } };
    await expect(host.start(late)).rejects.toMatchObject({ code: "PROGRAM_NOT_READY" });
    await host.stop("dut", TERM);
    const ended = host.start(shell("echo no such port >&2; exit 1", "^up"));
    await expect(ended).rejects.toMatchObject({
      code: "PROGRAM_ENDED",
      message: "The program of role 'dut' exited with code 1 before it was ready.",
      hint: expect.stringContaining("Its last words: no such port") as string,
    });
  });

  it("stops being waited for when the trial is stopped, and runs until it is stopped itself", async () => {
    const host = programs();
    await host.start(shell("exec sleep 1000"));
    const waited = host.wait("dut", 1000);
    await expect(host.start(shell("true"))).rejects.toMatchObject({ code: "PROGRAM_RUNNING" });
    expect(host.interrupt()).toBe(true);
    await expect(waited).rejects.toMatchObject({ code: "STOPPED" });
    expect(host.interrupt()).toBe(false);
    expect(await host.wait("dut", 0.01)).toEqual({ ended: false });
  });

  it("is found as a shell finds it", async () => {
    expect(findProgram({ program: "sh" })).toBe(true);
    expect(findProgram({ program: "sh", path: "/nowhere" })).toBe(false);
    expect(findProgram({ program: "/bin/sh" })).toBe(true);
    expect(findProgram({ program: "./sh", directory: "/bin" })).toBe(true);
    expect(findProgram({ program: "no-such-program" })).toBe(false);
    expect(findProgram({ program: "/etc" })).toBe(false);
  });

  it.each(["SIGKILL", "SIGTERM"] as const)(
    "is gone, with all that it started, after %s to its agent",
    async (signal) => {
      const folder = await temporaryFolder();
      const agent = execa(process.execPath, [NICBENCH, "agent"], { reject: false });
      const command = shell(`sleep 1000 & echo $$ $! > ${folder}/pids; echo up; wait`, "^up");
      agent.stdin.write(requestLine({ id: 1, method: "program.start", params: command }));
      await eventually(async () => (await readFile(join(folder, "pids"), "utf8").catch(() => "")) !== "", "it runs");
      const pids = (await readFile(join(folder, "pids"), "utf8")).trim().split(" ").map(Number);
      expect(pids.filter(isRunning)).toHaveLength(2);
      agent.kill(signal);
      await agent;
      await eventually(() => !pids.some(isRunning), "both are gone");
    },
  );
});

describe("output that is kept", () => {
  it("is whole as long as it is short", () => {
    const { add, text, isCut } = keepOutput(20);
    for (const piece of ["0123", "456789", "abcdefghij"]) add(Buffer.from(piece));
    expect(text()).toBe("0123456789abcdefghij");
    expect(isCut()).toBe(false);
  });

  it("keeps beginning and end of gigabytes, and says what is missing", () => {
    const { add, text, isCut } = keepOutput(20);
    add(Buffer.from("0123456789"));
    for (let i = 0; i < 1000; i += 1) add(Buffer.from("x".repeat(10)));
    add(Buffer.from("abcdefghij"));
    const [, missing] =
      /^0123456789\n\[nicbench: (\d+) bytes are left out here\]\n(?:x*)abcdefghij$/.exec(text()) ?? [];
    expect(isCut()).toBe(true);
    expect(Number(missing)).toBeGreaterThan(9900);
    expect(text().length).toBeLessThan(100);
  });
});

describe("a pattern for lines", () => {
  it("is found across pieces, and not across lines", () => {
    const matches = lineMatcher("^server is up$");
    expect(matches(Buffer.from("server\nis up\nser"))).toBe(false);
    expect(matches(Buffer.from("ver is "))).toBe(false);
    expect(matches(Buffer.from("up"))).toBe(true);
    expect(matches(Buffer.from("\nmore"))).toBe(true);
  });
});
