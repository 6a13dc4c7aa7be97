/** Nested settings as one level of dotted paths. */

/**
 * `{ traffic: { flows: 1 } }` becomes `{ "traffic.flows": 1 }`; items of lists go by their index. What is no text,
 * number or boolean is left out.
 */
export function flatten(value: unknown, prefix = ""): Readonly<Record<string, string | number | boolean>> {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return { [prefix]: value };
  if (typeof value !== "object" || value === null) return {};
  const parts = Object.entries(value).map(([key, inner]) => flatten(inner, prefix === "" ? key : `${prefix}.${key}`));
  return Object.assign({}, ...parts) as Readonly<Record<string, string | number | boolean>>;
}
