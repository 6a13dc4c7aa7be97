/** Texts that try to be commands, options, paths, markup or orders to a terminal, and their places in a file. */

export const INJECTIONS = [
  "$(touch pwned)",
  "`touch pwned`",
  "'; touch pwned #",
  "a\ntouch pwned",
  "a\0touch pwned",
  "-oProxyCommand=touch pwned",
  "--output=pwned",
  "../../../pwned",
  "<script>pwned</script>",
  "\u001b]0;pwned\u0007",
  "\u009b2Jpwned",
  "\u202epwned",
  "pwned ".repeat(20_000),
];

export type Path = readonly (string | number)[];

/** Where a text stands. */
export function textsIn(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value === "string") return [path];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    textsIn(inner, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

/** The keys of all maps. */
export function keysIn(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (Array.isArray(value)) return keysIn(inner, [...path, Number(key)]);
    return [[...path, key], ...keysIn(inner, [...path, key])];
  });
}

/** Maps and lists on the way are made where there are none. */
export function withText(value: unknown, [key, ...rest]: Path, text: string): unknown {
  if (key === undefined) return text;
  const copy: Record<string | number, unknown> =
    typeof key === "number" ? ([...(Array.isArray(value) ? value : [])] as never) : { ...(value as object) };
  copy[key] = withText(copy[key], rest, text);
  return copy;
}

export function withKey(value: unknown, [key = "", ...rest]: Path, name: string): unknown {
  if (Array.isArray(value)) return value.map((item, index) => (index === key ? withKey(item, rest, name) : item));
  const entries = Object.entries(value as object).map(([old, inner]) => {
    if (old !== key) return [old, inner];
    return rest.length === 0 ? [name, inner] : [old, withKey(inner, rest, name)];
  });
  return Object.fromEntries(entries);
}
