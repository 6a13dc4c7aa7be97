/** Roles of a testbed that are played by programs. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadTestbed } from "../../src/testbed/load.js";
import { linksOf } from "../../src/testbed/netns/links.js";
import { fillIn, placeholdersIn } from "../../src/testbed/placeholders.js";
import type { ProgramSpec } from "../../src/testbed/program.js";

const file = join(mkdtempSync(join(tmpdir(), "nicbench-program-")), "bed.yaml");

/** The first line of `command` is line 8 of the file, or 9 where there are ports. */
function write(command: string, ports = ""): string {
  const role = `    host: h\n${ports}    command:\n${command.replaceAll(/^/gm, "      ")}\n`;
  writeFileSync(file, `nicbench: 1\nname: bed\nhosts: { h: { kind: local } }\nroles:\n  dut:\n${role}`);
  return file;
}

async function load(command: string): Promise<ProgramSpec | undefined> {
  return (await loadTestbed(write(command))).roles["dut"]?.command;
}

async function refusal(command: string, ports = ""): Promise<string> {
  const error: unknown = await loadTestbed(write(command, ports)).catch((thrown: unknown) => thrown);
  return String(error).replaceAll(file, "bed.yaml");
}

describe("a role with a command", () => {
  it("needs no more than a start line", async () => {
    expect(await load("start: iperf3 --server")).toEqual({
      start: ["iperf3", "--server"],
      environment: {},
      stop: { signal: "SIGTERM", seconds: 5 },
      endsItself: false,
      results: {},
    });
  });

  it("has all that a program takes", async () => {
    const command = `
start: [testpmd, -i, "--burst=\${burst}"]
environment: { LC_ALL: C }
directory: /tmp
ready: { pattern: "^testpmd> ", within: 2s }
stop: { line: quit, within: 500ms }
ends: itself
results:
  rate: { pattern: 'Rx-pps:\\s+(?<value>\\d+)', unit: pps, take: mean }
  delay: { npf: LATENCY }
  sum: { json: end.sum }
`.trim();
    expect(await load(command)).toEqual({
      start: ["testpmd", "-i", "--burst=${burst}"],
      environment: { LC_ALL: "C" },
      directory: "/tmp",
      ready: { pattern: "^testpmd> ", seconds: 2 },
      stop: { line: "quit", seconds: 0.5 },
      endsItself: true,
      results: {
        rate: { pattern: "Rx-pps:\\s+(?<value>\\d+)", unit: "pps", take: "mean" },
        delay: { npf: "LATENCY", take: "last" },
        sum: { json: "end.sum", take: "last" },
      },
    });
  });

  it.each([
    ["an open quote", "start: a 'b", "bed.yaml:8:14: roles.dut.command.start: 'a 'b' is no command line"],
    ["no program", "start: []", "needs at least 1 value"],
    ["a parameter as program", "start: ['${x}']", "bed.yaml:8:15: roles.dut.command.start[0]: names the program"],
    [
      "a parameter in a shell's script",
      "start: [sh, -c, 'echo ${x}']",
      "bed.yaml:8:23: roles.dut.command.start[2]: gives a",
    ],
    ["the same behind sudo", "start: [sudo, bash, -ec, 'echo ${x}']", "start[3]: gives a parameter to a shell"],
    [
      "no regular expression",
      "start: a\nready: '('",
      "bed.yaml:9:14: roles.dut.command.ready: is no regular expression",
    ],
    [
      "two ways to stop",
      "start: a\nstop: { signal: SIGINT, line: q }",
      "command.stop.line: and signal exclude each other",
    ],
    ["an unknown signal", "start: a\nstop: { signal: SIGKIL }", "'SIGKIL' is not one of SIGINT"],
    ["a line of two lines", 'start: a\nstop: { line: "a\\nb" }', "command.stop.line"],
    ["a result from nowhere", "start: a\nresults: { x: {} }", "results.x: needs one of pattern, json, npf"],
    ["a result from two places", "start: a\nresults: { x: { npf: A, json: b } }", "results.x: needs one of"],
    ["a pattern without a value", "start: a\nresults: { x: { pattern: '(\\d+)' } }", "has no group for the value"],
    [
      "an unknown key",
      "start: a\nredy: b",
      "bed.yaml:9:7: roles.dut.command: unknown key 'redy'; did you mean 'ready'?",
    ],
  ])("is refused with %s", async (_, command, message) => {
    expect(await refusal(command)).toContain(message);
  });

  it("may have interfaces, and no wire of ours", async () => {
    expect(await refusal("start: a", "    ports: [{ io: ring }]\n")).toContain(
      "bed.yaml:7:19: roles.dut.ports[0].io: is no wire of a program; write kernel",
    );
    expect(await refusal("start: a", "    ports: [{ io: kernel, interface: e0, address: 1.2.3 }]\n")).toContain(
      "'1.2.3' is no address; write one such as 198.18.0.1/24",
    );
  });

  it("cannot have a result of another role's name", async () => {
    const role = "{ host: h, command: { start: a, results: { x: { npf: A } } } }";
    writeFileSync(file, `nicbench: 1\nname: bed\nhosts: { h: { kind: local } }\nroles:\n  a: ${role}\n  b: ${role}\n`);
    await expect(loadTestbed(file)).rejects.toThrow(
      "bed.yaml:6:49: roles.b.command.results.x: is a result of 'a' already",
    );
  });

  it("has the addresses of its interfaces in network namespaces", async () => {
    const role = (host: string, n: number) =>
      `{ host: ${host}, command: { start: a }, ports: [{ io: kernel, interface: veth0, address: 198.18.0.${n}/24 }] }`;
    const hosts = "hosts: { h: { kind: netns }, i: { kind: netns } }";
    writeFileSync(file, `nicbench: 1\nname: bed\n${hosts}\nroles:\n  a: ${role("h", 1)}\n  b: ${role("i", 2)}\n`);
    expect(linksOf(await loadTestbed(file))).toEqual([
      [
        { host: "h", interface: "veth0", address: "198.18.0.1/24" },
        { host: "i", interface: "veth0", address: "198.18.0.2/24" },
      ],
    ]);
  });
});

describe("placeholders", () => {
  it("are filled in once, and can be escaped", () => {
    expect(placeholdersIn("--size=${size} ${a.b} $${HOME} $x")).toEqual(["size", "a.b"]);
    expect(fillIn("--size=${size} ${a.b} $${HOME} $x", { size: 64, "a.b": "${size}" })).toBe(
      "--size=64 ${size} ${HOME} $x",
    );
    expect(() => fillIn("${gone}", {})).toThrow("no value");
  });
});
