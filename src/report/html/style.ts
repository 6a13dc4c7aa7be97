import { cssVariables, FONT } from "../theme.js";

/** The page's style: one column, quiet tables, both themes, and a print form that is always light. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; ${cssVariables("light")}; --panel: #f6f7f9; --line: #d9dee4;
  --good: #1a7f4b; --warn: #9a5b00; --bad: #b3261e; }
@media screen and (prefers-color-scheme: dark) {
  :root { ${cssVariables("dark")}; --panel: #1b2027; --line: #323a44; --good: #4cc38a; --warn: #e3a948; --bad: #ff8a80; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--surface); color: var(--ink); font: 16px/1.55 ${FONT}; overflow-wrap: anywhere; }
main { max-width: 1080px; margin: 0 auto; padding: 48px 24px 96px; }
h1, h2, h3 { line-height: 1.25; text-wrap: balance; }
h1 { font-size: 1.9rem; margin: 0 0 .4rem; letter-spacing: -.015em; }
h2 { font-size: 1.25rem; margin: 3.2rem 0 1rem; letter-spacing: -.01em; }
h3 { font-size: 1rem; margin: 1.6rem 0 .25rem; }
p { margin: 0 0 .8rem; max-width: 72ch; }
a { color: inherit; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; font-size: .875em; }
pre { background: var(--panel); border-radius: 8px; padding: 14px 16px; overflow-x: auto; white-space: pre-wrap; margin: 0 0 .8rem; }
.muted, figcaption, .interval, .unit { color: var(--muted); }
.eyebrow { color: var(--muted); font-size: .875rem; margin: 0 0 .6rem; }
.lead { font-size: 1.05rem; color: var(--muted); }
.verdict { display: flex; flex-wrap: wrap; gap: 6px 12px; align-items: center; padding: 12px 16px; margin: 1.4rem 0 0;
  background: var(--panel); border-radius: 8px; border-left: 4px solid var(--tone); max-width: none; }
.verdict strong { color: var(--tone); }
.good { --tone: var(--good); } .warn { --tone: var(--warn); } .bad { --tone: var(--bad); } .idle { --tone: var(--muted); }
.caveat { margin: .8rem 0 0; padding-left: 20px; max-width: none; }
.badge { color: var(--tone); font-weight: 600; font-size: .8125rem; white-space: nowrap; }
figure { margin: 0 0 3rem; content-visibility: auto; contain-intrinsic-size: auto 480px; }
figcaption { font-size: .875rem; margin-top: .5rem; }
figcaption p { max-width: none; margin: 0 0 .2rem; }
.plot { overflow: hidden; margin-top: .8rem; }
.plot svg { display: block; max-width: 100%; height: auto; }
.nothing { background: var(--panel); border-radius: 8px; padding: 16px; color: var(--muted); }
.scroll { overflow-x: auto; margin: 0 0 1rem; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; width: 100%; overflow-wrap: normal; }
th, td { padding: 7px 14px 7px 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th:last-child, td:last-child { padding-right: 0; }
thead th { vertical-align: bottom; font-weight: 600; border-bottom: 1.5px solid var(--ink); line-height: 1.3; }
tbody th { font-weight: 500; }
.controls { display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: end; margin: 1.6rem 0 1rem; font-size: .875rem; }
.controls[hidden], .downloads[hidden] { display: none; }
.control { display: grid; gap: 2px; } .controls label { color: var(--muted); }
.controls output { color: var(--muted); }
select, button { font: inherit; color: var(--ink); background: var(--panel); border: 1px solid var(--line); border-radius: 6px;
  padding: 4px 8px; max-width: 100%; }
button { cursor: pointer; } button:hover { border-color: var(--muted); }
:is(a, button, select, summary, .scroll):focus-visible { outline: 2px solid var(--series-1); outline-offset: 2px; }
.downloads { margin-top: .4rem; } .downloads button { padding: 1px 8px; font-size: .8125rem; }
.short { white-space: nowrap; }
.number { text-align: right; white-space: nowrap; }
thead .number { white-space: normal; }
.unit, .interval { display: block; font-weight: 400; font-size: .8125rem; white-space: nowrap; }
tbody tr.failed, tbody tr.skipped, tbody tr.pending { color: var(--muted); }
.facts th { width: 14rem; color: var(--muted); font-weight: 400; }
.facts td { overflow-wrap: anywhere; }
details { margin: 0 0 1rem; }
summary { cursor: pointer; color: var(--muted); padding: 4px 0; }
td details { margin: 0; } td summary { padding: 0; }
details[open] > summary { margin-bottom: .6rem; }
#vg-tooltip-element.vg-tooltip.custom-theme { font: 13px/1.45 ${FONT}; background: var(--surface); color: var(--ink);
  border: 1px solid var(--line); border-radius: 6px; padding: 8px 12px; box-shadow: 0 4px 16px rgb(0 0 0 / .18); max-width: 420px; }
#vg-tooltip-element.custom-theme table { width: auto; font-size: 13px; }
#vg-tooltip-element.custom-theme td { border: 0; padding: 1px 10px 1px 0; }
#vg-tooltip-element.custom-theme td.key { color: var(--muted); }
.claims td { overflow-wrap: anywhere; } .claims .claim-id, .claims .claim-verdict { white-space: nowrap; }
.claims .claim-says { min-width: 12rem; } .claims .claim-evidence { min-width: 16rem; }
.claims .claim-published { min-width: 11rem; }
.claims .context { display: block; color: var(--muted); font-size: .8125rem; }
.claims .caption { display: none; color: var(--muted); }
.claims ul { margin: 0; padding-left: 1.1rem; color: var(--muted); }
@media (max-width: 800px) {
  .claims, .claims tbody, .claims tr, .claims th, .claims td { display: block; }
  .claims thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .claims tr { padding: .8rem 0; border-bottom: 1px solid var(--line); }
  .claims th, .claims td { border: 0; padding: 0 0 .3rem; }
  .claims tr { display: flex; flex-wrap: wrap; gap: 0 .8rem; } .claims td { width: 100%; }
  .claims .claim-verdict { width: auto; order: -1; } .claims .claim-id { order: -2; }
  .claims .claim-says, .claims .claim-evidence, .claims .claim-published { min-width: 0; } .claims .claim-says { font-size: 1rem; }
  .claims .caption { display: inline; }
}
@media (max-width: 560px) { main { padding: 28px 16px 64px; } h1 { font-size: 1.5rem; } .facts th { width: 8.5rem; } }
@media print {
  .controls, .downloads { display: none; }
  body { font-size: 11pt; } main { max-width: none; padding: 0; }
  figure { content-visibility: visible; }
  figure, tr, pre { break-inside: avoid; } h2, h3 { break-after: avoid; }
  .scroll, .plot { overflow: visible; } details:not([open]) { display: none; }
}
`;
