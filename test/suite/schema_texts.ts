/** Where a JSON Schema takes a text: new fields of a schema are found here by themselves. */
import type { Path } from "../hostile_texts.js";

type Schema = Readonly<Record<string, unknown>>;

/** Of a list the first item, of a record the key `any`. A definition inside itself is not followed. */
export function textsOfSchema(root: unknown): readonly Path[] {
  const walk = (node: unknown, path: Path, inside: readonly string[]): readonly Path[] => {
    if (node === undefined) return [];
    const schema = asSchema(node);
    const { $ref, type, const: value, enum: values, properties, additionalProperties: others, items } = schema;
    if (typeof $ref === "string") {
      if (inside.includes($ref)) return [];
      return walk(definition(asSchema(root), $ref), path, [...inside, $ref]);
    }
    const branches = ["anyOf", "oneOf", "allOf"].flatMap((key) => listOf(schema[key]));
    const [first = items] = listOf(schema["prefixItems"]);
    const choices = [value, ...listOf(values)];
    return [
      ...(type === "string" || choices.some((choice) => typeof choice === "string") ? [path] : []),
      ...branches.flatMap((branch) => walk(branch, path, inside)),
      ...Object.entries(asSchema(properties)).flatMap(([key, inner]) => walk(inner, [...path, key], inside)),
      ...walk(others, [...path, "any"], inside),
      ...walk(first, [...path, 0], inside),
    ];
  };
  return walk(root, [], []);
}

function definition(root: Schema, ref: string): unknown {
  const name = ref.split("/").at(-1) ?? "";
  return asSchema(root["$defs"])[name];
}

function asSchema(value: unknown): Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Schema) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}
