/** Words of a command line, quoted where a POSIX shell needs it. */
export function shellLine(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
}

/** White space, or a piece of a word: in single quotes, in double quotes, a character after a backslash, plain. */
const PIECE = /(\s+)|'([^']*)'|"((?:[^"\\]|\\[^])*)"|\\([^])|([^\s'"\\]+)/y;

/**
 * Words of a line, quoted as for a POSIX shell. No shell sees it: nothing in it is expanded, and what a shell would act
 * upon has no meaning.
 *
 * @returns undefined where a quote is left open
 */
export function shellWords(line: string): readonly string[] | undefined {
  const words: string[] = [];
  let isOpen = false;
  let end = 0;
  for (const match of line.matchAll(new RegExp(PIECE, "gy"))) {
    const [whole, space, single, double, escaped, plain] = match;
    end = match.index + whole.length;
    if (space === undefined && !isOpen) words.push("");
    isOpen = space === undefined;
    const piece = single ?? double?.replaceAll(/\\(["\\$`])/g, "$1") ?? escaped ?? plain ?? "";
    if (isOpen) words.push(`${words.pop() ?? ""}${piece}`);
  }
  return end === line.length ? words : undefined;
}
