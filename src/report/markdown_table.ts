/** Texts and tables in GitHub-flavoured Markdown. */

/** @param rows the first is the header */
export function markdownTable(
  [header = [], ...body]: readonly (readonly string[])[],
  align: readonly string[],
): string {
  return [header.map(escapeMarkdown), align, ...body.map((row) => row.map(escapeMarkdown))]
    .map((row) => `| ${row.join(" | ")} |`)
    .join("\n");
}

/** Text that Markdown shows as it is: in a line, a table cell or a link's text. */
export function escapeMarkdown(text: string): string {
  return text
    .replaceAll(/[\r\n]+/g, " ")
    .replaceAll(/[\\`*_{}[\]#|~]/g, "\\$&")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
