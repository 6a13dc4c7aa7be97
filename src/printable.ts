/** Text from files and hosts, as a terminal may have it: what it would obey is shown instead. */

/** Control characters, perhaps with the rest of a colour, and what turns the order of letters (UAX #9) or breaks lines. */
const UNSAFE = /\p{Cc}(?:\[\d{1,2}m)?|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

const ESCAPE = "\u001b";
const CONCEALED = `${ESCAPE}[8m`;

/**
 * Line breaks and tabs stay; JSON keeps its meaning.
 *
 * @param colors colours stay as well, those of ours and of others
 */
export function printable(text: string, { colors = false }: { readonly colors?: boolean } = {}): string {
  return text.replaceAll(UNSAFE, (found) => {
    const [first = ""] = found;
    const isColor = first === ESCAPE && found.length > 1 && found !== CONCEALED;
    return first === "\n" || first === "\t" || (isColor && colors) ? found : `${escaped(first)}${found.slice(1)}`;
  });
}

/** A text in a sentence: on one line, and not too long for it. */
export function excerpt(text: string, mostCharacters = 60): string {
  const clean = printable(JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"'));
  return clean.length > mostCharacters ? `${clean.slice(0, mostCharacters - 3)}…` : clean;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
