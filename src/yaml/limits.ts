/** How large and deep a file may be, and the refusal of one that is not. */
import { Lexer, type CST } from "yaml";

export const MAX_DEPTH = 50;
export const TOO_DEEP = `nested more than ${MAX_DEPTH} levels deep here`;

/** An alias counts as often as it is used, which is what stops "billion laughs". */
export const MAX_NODES = 200_000;
export const TOO_MANY = `the file, with its aliases unfolded, has more than ${MAX_NODES} values`;

/** The document as a whole is refused, for these faults of its text. */
export class Refusal extends Error {
  constructor(readonly faults: readonly { readonly offset: number; readonly message: string }[]) {
    super(faults[0]?.message);
  }
}

/**
 * Offset of a value that is nested more than {@link MAX_DEPTH} levels deep, or undefined. To be asked before the
 * `yaml` package composes a document: its composer recurses, and 100,000 open brackets exhaust the stack in a
 * way that can end the whole process. Its token parser does not recurse.
 */
export function tooDeepAt(tokens: readonly CST.Token[]): number | undefined {
  const open: { readonly token: CST.Token; readonly depth: number }[] = tokens.map((token) => ({ token, depth: -1 }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { token, depth } = next;
    if (depth > MAX_DEPTH) return token.offset;
    for (const inner of childrenOf(token)) open.push({ token: inner, depth: depth + 1 });
  }
  return undefined;
}

/** About what {@link MAX_NODES} values take: each is a text with a colon or comma, a space and a line break. */
const MAX_LEXEMES = 5 * MAX_NODES;

/** Offset where a text that is too large to be parsed in reasonable time exceeds the limit, or undefined. */
export function tooLargeAt(text: string): number | undefined {
  let count = 0;
  let offset = 0;
  for (const lexeme of new Lexer().lex(text)) {
    count += 1;
    offset += lexeme.length;
    if (count > MAX_LEXEMES) return Math.min(offset, text.length);
  }
  return undefined;
}

function childrenOf(token: CST.Token): readonly CST.Token[] {
  if ("items" in token) return token.items.flatMap(({ key, value }) => [key ?? [], value ?? []].flat());
  return token.type === "document" && token.value !== undefined ? [token.value] : [];
}
