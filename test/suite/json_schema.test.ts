import { describe, expect, it } from "vitest";
import { parameterKeys, suiteJsonSchema } from "../../src/suite/json_schema.js";
import { experiments } from "./sample.js";

type Json = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any -- free-form JSON

describe("suiteJsonSchema", () => {
  const schema = JSON.parse(JSON.stringify(suiteJsonSchema(experiments))) as Json;

  it("describes every key of a suite", () => {
    const keys = Object.keys(schema.properties);
    expect(keys).toEqual(
      expect.arrayContaining(["nicbench", "name", "with", "traffic", "matrix", "trial", "repeat", "tags"]),
    );
    for (const key of keys) expect(schema.properties[key].description, key).toMatch(/\w/);
    expect(schema.required).toEqual(["nicbench", "name", "experiment"]);
    expect(schema.additionalProperties).toBe(false);
  });

  it("takes texts with units where the loader does", () => {
    const [, text] = schema.properties.trial.properties.duration.anyOf as [Json, Json];
    const pattern = new RegExp(text.pattern as string);
    expect(["2s", "500ms", "250us", "1.5 s"].filter((value) => !pattern.test(value))).toEqual([]);
    expect(["2", "soon", "2x", "-1s"].filter((value) => pattern.test(value))).toEqual(["2"]);
  });

  it("knows what each experiment takes, none of it required, as the matrix may bring it", () => {
    expect(schema.properties.experiment.enum).toEqual(["conntrack"]);
    const [branch] = schema.allOf as [Json];
    expect(branch.if).toEqual({ properties: { experiment: { const: "conntrack" } } });
    const { with: settings, traffic, matrix } = branch.then.properties as Json;
    expect(Object.keys(settings.properties)).toEqual(["table", "capacity", "cores"]);
    expect(settings.properties.table).toMatchObject({
      enum: expect.arrayContaining(["cuckoo"]),
      description: "Flow table under test.",
    });
    expect(settings.additionalProperties).toBe(false);
    expect(JSON.stringify(branch.then)).not.toContain('"required"');
    expect(traffic.anyOf).toHaveLength(3);
    expect(matrix.properties.table).toEqual({ $ref: "#/$defs/axis" });
    expect(schema.$defs.axis.anyOf).toHaveLength(4);
    expect(Object.keys(matrix.properties)).toEqual(expect.arrayContaining(["table", "traffic.flows", "traffic.pcap"]));
  });
});

describe("parameterKeys", () => {
  it("lists the top level of an experiment's parameters", () => {
    const parameters = experiments.get("conntrack")?.parameters;
    expect(parameters && parameterKeys(parameters)).toEqual(["table", "capacity", "cores", "traffic"]);
  });
});

describe("the schema of claims", () => {
  it("is what the language of claims brings, with its definitions beside the others", () => {
    const claims = {
      $schema: "x",
      type: "array",
      items: { $ref: "#/$defs/expect" },
      $defs: { expect: { type: "object" } },
    };
    const schema = JSON.parse(JSON.stringify(suiteJsonSchema(experiments, claims))) as Json;
    expect(schema.properties.claims).toMatchObject({ type: "array", items: { $ref: "#/$defs/expect" } });
    expect(schema.properties.claims.description).toContain("Statements");
    expect(schema.$defs).toMatchObject({ expect: { type: "object" }, axis: expect.anything() });
    expect(schema.$schema).toContain("json-schema.org");
  });
});
