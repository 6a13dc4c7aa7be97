/** JSON Schema of suite files for editors: completion, descriptions, and most errors while typing. */
import { z } from "zod";
import type { ExperimentSchema } from "./model.js";
import { suiteSchema } from "./schema.js";

export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * The schema of a suite, with what `with`, `traffic` and `matrix` take for each experiment. Nothing in `with`
 * and `traffic` is required there, as the matrix may bring it; the loader checks whole points.
 *
 * @param claims the schema of the list of claims, which the language of claims brings
 */
export function suiteJsonSchema(experiments: ReadonlyMap<string, ExperimentSchema>, claims?: JsonSchema): JsonSchema {
  const suite = toJson(suiteSchema);
  const properties = asMap(suite["properties"]);
  const experiment = { ...asMap(properties["experiment"]), enum: [...experiments.keys()] };
  const { $schema: _, $defs: claimDefinitions, ...claimList } = claims ?? {};
  const definitions = [...[...experiments.values()].map(definitionsOf), asMap(claimDefinitions), suite["$defs"]];
  return {
    ...suite,
    title: "nicbench suite",
    properties: {
      ...properties,
      experiment,
      ...(claims === undefined ? {} : { claims: { ...asMap(properties["claims"]), ...claimList } }),
    },
    $defs: Object.assign({}, ...definitions) as JsonSchema,
    allOf: [...experiments].map(([name, { parameters }]) => whenExperiment(name, parameters, properties)),
  };
}

/** Names at the top level of an experiment's parameters, over all branches of unions; none where a suite has its own. */
export function parameterKeys(parameters: z.ZodType): readonly string[] {
  const schema = toJson(parameters);
  return takesOthers(schema) ? [] : [...new Set(keysOf(schema))];
}

function takesOthers({ additionalProperties: others }: JsonSchema): boolean {
  return typeof others === "object";
}

function toJson(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
}

function whenExperiment(name: string, parameters: z.ZodType, suite: JsonSchema): JsonSchema {
  const whole = asMap(withoutRequired(toJson(parameters)));
  const { traffic, ...settings } = propertiesOf(whole);
  const axis = asMap(suite["matrix"])["additionalProperties"] ?? {}; // a $ref to $defs.axis
  const axes = [...Object.keys(settings), ...Object.keys(propertiesOf(asMap(traffic))).map((key) => `traffic.${key}`)];
  const sections = {
    with: { type: "object", properties: settings, additionalProperties: takesOthers(whole) },
    ...(traffic === undefined ? {} : { traffic }),
    matrix: { properties: Object.fromEntries(axes.map((key) => [key, axis])) },
  };
  return { if: { properties: { experiment: { const: name } } }, then: { properties: sections } };
}

function definitionsOf({ parameters }: ExperimentSchema): JsonSchema {
  return asMap(toJson(parameters)["$defs"]);
}

/** Drops `required` at every level of a schema, but not a property of that name. */
function withoutRequired(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutRequired);
  if (typeof schema !== "object" || schema === null) return schema;
  const kept = Object.entries(schema).filter(([key, value]) => !(key === "required" && Array.isArray(value)));
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutRequired(value)]));
}

function keysOf(schema: JsonSchema): readonly string[] {
  return Object.keys(propertiesOf(schema));
}

/** Properties of a schema and of the branches that it offers. */
function propertiesOf(schema: JsonSchema): Readonly<Record<string, unknown>> {
  const branches = ["allOf", "anyOf", "oneOf"].flatMap((key): unknown => schema[key] ?? []);
  const all = [...branches.map((branch) => propertiesOf(asMap(branch))), asMap(schema["properties"])];
  return Object.fromEntries(all.flatMap((properties) => Object.entries(properties)));
}

function asMap(value: unknown): JsonSchema {
  return typeof value === "object" && value !== null ? (value as JsonSchema) : {};
}
