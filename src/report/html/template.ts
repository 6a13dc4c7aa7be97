/** HTML as a tagged template: whatever is put into it is escaped, unless it came out of a template itself. */
export interface Html {
  readonly html: string;
}

export type HtmlPart = string | number | Html | readonly HtmlPart[];

/** html`<b>${text}</b>` */
export function html(strings: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  return { html: strings.map((text, i) => text + textOf(parts[i] ?? "")).join("") };
}

/** Marks text that is HTML already. Never pass it anything that came out of a suite, a host or a log. */
export function trusted(text: string): Html {
  return { html: text };
}

/** Safe in text and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/**
 * JSON that can stand inside a `<script>`: no `<` that could end or nest the element, and none of the two
 * line separators that older parsers take for line ends.
 */
export function scriptJson(value: unknown): Html {
  const text = JSON.stringify(value).replaceAll("<", "\\u003c").replaceAll(">", "\\u003e");
  return trusted(text.replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029"));
}

/** A library's source inside a `<script>`; the escapes mean the same in the strings where they can occur. */
export function scriptSource(source: string): Html {
  const inert = source.replaceAll(/<\/(script)/gi, "<\\/$1").replaceAll("<!--", "<\\!--");
  return trusted(inert.replaceAll(/^\/\/# sourceMappingURL=.*$/gm, ""));
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function textOf(part: HtmlPart): string {
  if (typeof part === "string") return escapeHtml(part);
  if (typeof part === "number") return String(part);
  return "html" in part ? part.html : part.map(textOf).join("");
}
