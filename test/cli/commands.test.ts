import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EXIT } from "../../src/cli/exit_codes.js";
import { program, SUITE } from "./nicbench.js";

async function nicbench(...args: readonly string[]) {
  return (await program()).start(args);
}

describe("help", () => {
  it("teaches: examples, exit codes, where to go next", async () => {
    const { exitCode, stdout } = await nicbench("--help");
    expect(exitCode).toBe(0);
    expect(stdout).toContain("$ nicbench run suites/quickstart.yaml");
    for (const code of Object.values(EXIT)) expect(stdout).toMatch(new RegExp(`^ +${code} `, "m"));
  });

  it.each([
    "run",
    "report",
    "compare",
    "gate",
    "runs",
    "runs tag",
    "runs note",
    "query",
    "export",
    "pack",
    "merge",
    "list",
    "validate",
    "schema",
    "limits",
    "calibrate",
    "doctor",
    "agent",
    "traffic inspect",
    "traffic summarise",
    "traffic generate",
  ])("of %s names its options and what to look at next", async (command) => {
    const { exitCode, stdout } = await nicbench(...command.split(" "), "--help");
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`Usage: nicbench ${command}`);
    expect(stdout).toContain("See also: nicbench");
  });

  it("prints the version", async () => {
    expect((await nicbench("--version")).stdout).toMatch(/^\d+\.\d+\.\d+$/);
  });
});

describe("wrong usage", () => {
  it.each([
    [["rnu"], "Did you mean run?"],
    [["run", "suite.yaml", "--dryrun"], "Did you mean --dry-run?"],
    [["run"], "There is no suite to run."],
    [["run", "suite.yaml", "--seed", "seven"], "A seed is a whole number"],
    [["run", "suite.yaml", "--grace", "soon"], "'soon' is not a duration"],
    [["list", "table"], "did you mean 'tables'?"],
    [["report", "latest", "--format", "htm"], "did you mean 'html'?"],
    [["schema", "suit"], "did you mean 'suite'?"],
    [["traffic", "summarise", "--profile", "uniform", "--skew", "1"], "use profile: zipf"],
  ] as const)("%j exits with 2 and says: %s", async (args, message) => {
    const { exitCode, stdout, stderr } = await nicbench(...args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("    at "); // no stack
    expect(stdout).toBe("");
  });
});

describe("nicbench validate", () => {
  it("accepts a good suite and a good testbed", async () => {
    const { start, folder } = await program();
    expect((await start(["validate", "suite.yaml"])).stdout).toBe("suite.yaml is a valid suite: 4 points.");
    await writeFile(
      join(folder, "bed.yaml"),
      "nicbench: 1\nname: bed\nhosts: { a: { kind: local } }\nroles: { dut: { host: a, ports: [{ io: ring }] } }\n",
    );
    expect((await start(["validate", "bed.yaml"])).stdout).toBe("bed.yaml is a valid testbed: hosts a; roles dut.");
    expect(JSON.parse((await start(["validate", "suite.yaml", "--json"])).stdout)).toMatchObject({
      valid: true,
      points: 4,
    });
  });

  it("says of a bad one where and what, without a stack", async () => {
    const { start } = await program(SUITE.replace("table: [cuckoo", "tabel: [cuckoo"));
    const { exitCode, stderr } = await start(["validate", "suite.yaml"]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/suite\.yaml:\d+:\d+/);
    expect(stderr).toContain("tabel");
    expect(stderr).not.toContain("    at ");
  });

  it("accepts the suites that ship", async () => {
    const { exitCode, stdout } = await nicbench("validate", "quickstart");
    expect(exitCode).toBe(0);
    expect(stdout).toContain("is a valid suite");
  });
});

describe("nicbench schema", () => {
  it.each(["suite", "testbed"])("prints a JSON Schema of a %s", async (kind) => {
    const { exitCode, stdout } = await nicbench("schema", kind);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ type: "object", properties: { nicbench: expect.anything() } });
  });
});

describe("nicbench list", () => {
  it("lists suites, experiments, tables and runs, also as JSON", async () => {
    const { start } = await program();
    const json = async (what: string) => JSON.parse((await start(["list", what, "--json"])).stdout);
    expect((await start(["list", "suites"])).stdout).toContain("quickstart");
    expect(await json("suites")).toContainEqual(
      expect.objectContaining({ name: "quickstart", experiment: "conntrack" }),
    );
    expect(await json("experiments")).toContainEqual(expect.objectContaining({ name: "conntrack" }));
    expect(await json("tables")).toContainEqual(expect.objectContaining({ name: "cuckoo" }));
    expect(await json("runs")).toEqual([]);
    expect((await start(["list", "runs"])).stdout).toContain("There is no run in results.");
    await start(["run", "suite.yaml", "--no-report"]);
    expect(await json("runs")).toMatchObject([{ suite: "small", outcome: "complete", trials: { ok: 12 } }]);
  });

  it("ends quietly when its reader has gone", async () => {
    const { start } = await program();
    const child = start(["list", "experiments", "--json"]);
    child.stdout.destroy();
    expect((await child).stderr).toBe("");
  });
});

describe("nicbench report", () => {
  it("writes the formats that are asked for and prints their paths", async () => {
    const { start, folder } = await program();
    await start(["run", "suite.yaml", "--no-report"]);
    const { exitCode, stdout } = await start(["report", "latest", "--format", "html,csv,md", "--out", "out"]);
    expect(exitCode).toBe(0);
    const files = stdout.split("\n");
    expect(files).toEqual(expect.arrayContaining(["out/report.html", "out/report.csv", "out/report.md"]));
    expect(await readFile(join(folder, "out/report.html"), "utf8")).toContain("A small suite");
  });

  it("of a run that is not there exits with 2", async () => {
    expect(await nicbench("report", "latest")).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("hint:") });
  });
});

describe("nicbench doctor", () => {
  it("says what the machine can do, with advice", async () => {
    const { start } = await program();
    const { exitCode, stdout } = await start(["doctor"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/native addon/);
    const items = JSON.parse((await start(["doctor", "--json"])).stdout);
    expect(items.length).toBeGreaterThan(5);
    for (const item of items) expect(item).toMatchObject({ name: expect.any(String), status: expect.any(String) });
  });
});

describe("nicbench traffic", () => {
  it("inspects a capture", async () => {
    const { start } = await program();
    const { stdout } = await start(["traffic", "inspect", "trace.pcap"]);
    expect(stdout).toMatch(/^frames +100$/m);
    expect(stdout).toMatch(/^ +tcp +100$/m);
    expect(stdout).toMatch(/^ +IPv4 sources +10 in 10\.0\.0\.0\/28 +ports 1024 to 1033$/m);
    expect(JSON.parse((await start(["traffic", "inspect", "trace.pcap", "--json"])).stdout)).toMatchObject({
      frames: 100,
    });
  });

  it("summarises generated traffic", async () => {
    const { start } = await program();
    const args = [
      "traffic",
      "summarise",
      "--profile",
      "zipf",
      "--skew",
      "1.1",
      "--flows",
      "64Ki",
      "--frames",
      "10k",
      "--json",
    ];
    expect(JSON.parse((await start(args)).stdout)).toMatchObject({
      traffic: { profile: "zipf", skew: 1.1, flows: 65536, seed: 1 },
      frames: 10_000,
      digest: expect.any(String),
    });
  });
});

describe("colours", () => {
  it("are for terminals, unless they are asked for", async () => {
    const { start } = await program();
    const escape = "\u001b[";
    const piped = await start(["run", "suite.yaml", "--no-report"], { NO_COLOR: "" });
    expect(piped.stdout + piped.stderr).not.toContain(escape);
    const forced = await start(["doctor"], { NO_COLOR: "", FORCE_COLOR: "1" });
    expect(forced.stdout).toContain(escape);
  });
});
