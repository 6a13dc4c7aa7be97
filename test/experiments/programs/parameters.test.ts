/** Suites of `command`: metrics and parameters of their own. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { keptParameters } from "../../../src/experiments/programs/parameters.js";
import { experiments } from "../../../src/experiments/registry.js";
import { loadSuite, type LoadedSuite } from "../../../src/suite/load.js";
import { suiteJsonSchema } from "../../../src/suite/json_schema.js";

const file = join(mkdtempSync(join(tmpdir(), "nicbench-command-")), "suite.yaml");

const METRICS = "metrics: { rate: { unit: bit/s, better: higher, title: Rate }, loss: { unit: ratio } }";

/** The first line of `rest` is line 5 of the file. */
async function load(settings: string, rest = "", set: readonly string[] = []): Promise<LoadedSuite> {
  writeFileSync(file, `nicbench: 1\nname: s\nexperiment: command\nwith: { ${METRICS}, ${settings} }\n${rest}`);
  return loadSuite(file, { experiments, set });
}

async function refusal(settings: string, rest = ""): Promise<string> {
  return String(await load(settings, rest).catch((thrown: unknown) => thrown)).replaceAll(file, "suite.yaml");
}

const DECLARED =
  "parameters: { size: { type: bytes }, mode: { type: text, one_of: [a, -b] }, n: { type: count, default: 1k } }";

describe("a suite of programs", () => {
  it("has its own metrics, which plots, gates and repeats know", async () => {
    const { metrics } = await load(
      "parameters: {}",
      "repeat: { until: { metric: rate, ci95: 5% } }\ngate: [{ metric: rate }]\nplots: [{ title: t, mark: bar, x: rate, y: loss }]\n",
    );
    expect(metrics).toEqual([
      { name: "rate", title: "Rate", unit: "bit/s", better: "higher", description: "" },
      { name: "loss", title: "loss", unit: "ratio", better: "neither", description: "" },
    ]);
    expect(await refusal("", "gate: [{ metric: rat }]\n")).toContain(
      "suite.yaml:5:18: gate[0].metric: 'rat' is no metric; did you mean 'rate'?",
    );
  });

  it("has its own parameters, in base units", async () => {
    const { points } = await load(DECLARED, "matrix: { size: [64B, 1KiB], mode: [a, -b] }\n");
    expect(points.map(({ params }) => params)).toEqual([
      { size: 64, mode: "a" },
      { size: 64, mode: "-b" },
      { size: 1024, mode: "a" },
      { size: 1024, mode: "-b" },
    ]);
    expect(points[0]?.resolved).toEqual({ size: 64, mode: "a", n: 1000 });
    expect(keptParameters.parse(points[0]?.resolved)).toEqual(points[0]?.resolved);
  });

  it("takes them from the command line", async () => {
    const { points } = await load(DECLARED, "matrix: { size: [64B], mode: [a] }\n", ["n=5", "size=[1B, 2B]"]);
    expect(points.map(({ resolved }) => resolved)).toMatchObject([
      { n: 5, size: 1 },
      { n: 5, size: 2 },
    ]);
  });

  it.each([
    [
      "an unknown name",
      DECLARED,
      "matrix: { size: [1B], mode: [a], m: [1] }\n",
      "5:34: unknown key 'm'; did you mean 'n'?",
    ],
    [
      "a wrong quantity",
      DECLARED,
      "matrix: { size: [64B, 3s], mode: [a] }\n",
      "5:23: size: '3s' is not a byte count but a duration",
    ],
    [
      "a text that is not allowed",
      DECLARED,
      "matrix: { size: [1B], mode: [c] }\n",
      "5:30: mode: 'c' is not one of a, -b",
    ],
    ["no value", DECLARED, "matrix: { mode: [a] }\n", "4:1: size: missing; write whole bytes"],
    [
      "a text that would be an option",
      "parameters: { t: { type: text } }, t: --version",
      "",
      "t: '--version' is empty, begins with a dash",
    ],
    [
      "a name that trials have",
      "parameters: { seed: { type: count } }",
      "",
      "parameters.seed: is no name of a parameter",
    ],
    ["a type that there is not", "parameters: { t: { type: size } }", "", "parameters.t.type: 'size' is not one of"],
  ])("is refused with %s", async (_, settings, rest, message) => {
    expect(await refusal(settings, rest)).toContain(message);
  });

  it("needs a metric", async () => {
    writeFileSync(file, "nicbench: 1\nname: s\nexperiment: command\nwith: { metrics: {} }\n");
    await expect(loadSuite(file, { experiments })).rejects.toThrow("metrics: is empty");
  });

  it("may have any key in an editor's schema", () => {
    const rules = suiteJsonSchema(experiments)["allOf"] as readonly {
      if: { properties: { experiment: { const: string } } };
      then: { properties: { with: object } };
    }[];
    const of = (name: string) =>
      rules.find((rule) => rule.if.properties.experiment.const === name)?.then.properties.with;
    expect(of("command")).toMatchObject({ additionalProperties: true });
    expect(of("forwarding")).toMatchObject({ additionalProperties: false });
  });
});
