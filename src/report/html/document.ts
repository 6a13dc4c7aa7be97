/** The frame of every page: it works offline, from file://, and its content security policy forbids all that it does not need. */
import { PAGE_STYLE } from "./style.js";
import { html, trusted, type Html } from "./template.js";

/** Nothing on the page runs. */
const STATIC = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** @param policy what the page may do beyond showing itself */
export function documentHtml(title: string, body: Html, policy = STATIC): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="generator" content="nicbench" />
        <link rel="icon" href="data:," />
        <title>${title} – nicbench</title>
        <style>
          ${trusted(PAGE_STYLE)}
        </style>
      </head>
      <body>
        ${body}
      </body>
    </html> `.html;
}
