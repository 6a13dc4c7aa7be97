/** `${name}` in the texts of a program's role, for the parameters of a point. `$${` is a plain `${`. */

const PLACEHOLDER = /\$(\$?)\{([^{}]*)\}/g;

/** Names in the order of the text. */
export function placeholdersIn(text: string): readonly string[] {
  return [...text.matchAll(PLACEHOLDER)].flatMap(([, escaped, name = ""]) => (escaped === "$" ? [] : [name]));
}

/** @throws an error for a name without a value: names are checked when a run is prepared */
export function fillIn(text: string, values: Readonly<Record<string, string | number | boolean>>): string {
  return text.replaceAll(PLACEHOLDER, (_, escaped: string, name: string) => {
    if (escaped === "$") return `\${${name}}`;
    const value = values[name];
    if (value === undefined) throw new Error(`there is no value for \${${name}}`);
    return String(value);
  });
}
