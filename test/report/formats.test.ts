import { runInNewContext } from "node:vm";
import { parse } from "csv-parse/sync";
import { describe, expect, it } from "vitest";
import { reportCsv } from "../../src/report/csv.js";
import { reportHtml } from "../../src/report/html/page.js";
import { escapeHtml, html, scriptJson, scriptSource, trusted } from "../../src/report/html/template.js";
import { reportMarkdown } from "../../src/report/markdown.js";
import { escapeMarkdown } from "../../src/report/markdown_table.js";
import { renderSpecs } from "../../src/report/specs.js";
import { formatResultTable } from "../../src/report/text.js";
import { HOSTILE } from "./hostile.js";
import { calibration } from "../results/calibration_sample.js";
import { syntheticInput } from "./synthetic.js";
import { tableRun } from "./table_runs.js";
import { METRICS } from "./synthetic_manifest.js";

const mixed = syntheticInput({ fate: (i) => (i === 3 ? "suspect" : i === 6 ? "failed" : i === 9 ? "skipped" : "ok") });

describe("reportCsv", () => {
  const rows = parse<Record<string, string>>(reportCsv(mixed), { columns: true });

  it("has one line a measured point and metric, with its parameters and in base units", () => {
    expect(rows).toHaveLength(10 * METRICS.length);
    const [first] = rows;
    const { median, ci95, min, max, n, unit } = mixed.summary.points[0]?.metrics["forwarding_rate"] ?? {};
    expect(first).toEqual({
      point: mixed.summary.points[0]?.id,
      table: "cuckoo",
      "traffic.profile": "campus",
      "traffic.flows": "65536",
      "traffic.rate": "max",
      "traffic.pcap": "",
      status: "ok",
      metric: "forwarding_rate",
      n: String(n),
      median: String(median),
      ci95_low: String(ci95?.[0]),
      ci95_high: String(ci95?.[1]),
      min: String(min),
      max: String(max),
      unit,
    });
  });

  it("quotes what would break a line", () => {
    const input = syntheticInput({ points: [{ table: 'a,"b"\nc' }], repetitions: 1 });
    expect(parse<Record<string, string>>(reportCsv(input), { columns: true })[0]?.["table"]).toBe('a,"b"\nc');
  });
});

describe("formatResultTable", () => {
  const text = formatResultTable(mixed);
  const lines = text.split("\n");

  it("has a line a point, with swept parameters, trials, median and half width of the interval", () => {
    expect(lines).toHaveLength(2 + 12);
    expect(lines[0]).toMatch(
      /^table +traffic +rate +n +forwarding rate +link rate +loss ratio +cycles per frame +latency, median$/,
    );
    expect(lines[1]?.trim().split(/\s+/)).toEqual(["Mpps", "Gbps", "%", "cycles", "µs"]);
    expect(lines[2]).toMatch(/^cuckoo +campus · 64Ki flows +max +8 +9\.\d\d ±\d\.\d% +/);
  });

  it("shows the first five metrics that were measured, in the order of the experiment", () => {
    const metric = (name: string, unit: "op/s" | "ns" | "bytes" | "ratio" | "count", value: number | undefined) => {
      return { name, title: name, unit, better: "higher" as const, value: () => value };
    };
    const run = tableRun({
      points: [{ table: "a" }, { table: "b" }],
      metrics: [
        metric("insert_rate", "op/s", undefined),
        metric("lookup_rate", "op/s", 62e6),
        metric("bytes_per_entry", "bytes", 27),
        metric("share_of_limit", "ratio", 0.625),
        metric("ns_per_op", "ns", 16.1),
        metric("probe_length", "count", 1.04),
        metric("latency_p50", "ns", 120),
      ],
    });
    const [titles = "", units = "", row = ""] = formatResultTable(run).split("\n");
    const names = ["lookup_rate", "bytes_per_entry", "share_of_limit", "ns_per_op", "probe_length"];
    expect(titles.trim().split(/ {2,}/)).toEqual(["table", "n", ...names]);
    expect(units.trim().split(/ +/)).toEqual(["Mop/s", "B", "%", "ns"]);
    expect(row.match(/[\d.]+(?= ±)/g)).toEqual(["62.0", "27.0", "62.5", "16.1", "1.04"]);
  });

  it("says at the end of the line what is not ok, and shows no number for what was not measured", () => {
    expect(lines[5]).toMatch(/suspect$/);
    expect(lines[8]).toMatch(/ 0 +– +– +– +– +– +failed$/);
    expect(lines[11]).toMatch(/skipped$/);
  });

  it("lines its columns up: the digits of a column end at the same place", () => {
    const ends = lines.slice(2).flatMap((line) => line.match(/^.*? \d(?=  )/)?.[0].length ?? []);
    expect(new Set(ends).size).toBe(1);
  });

  it("uses colour only if asked to", () => {
    expect(text).not.toContain("\u001b");
    const colored = formatResultTable(mixed, { color: true });
    expect(colored).toContain("\u001b[33m");
    expect(colored.replaceAll(/\u001b\[\d+m/g, "")).toBe(text);
  });

  it("leaves the spread out where every point has one trial", () => {
    expect(formatResultTable(syntheticInput({ points: [{}], repetitions: 1 }))).not.toContain("±");
  });
});

describe("reportMarkdown", () => {
  it("has the verdict, the charts, the table, the flags and the command", () => {
    const text = reportMarkdown(mixed, renderSpecs(mixed));
    expect(text).toContain("**Complete, with failures**: 12 points");
    expect(text).toMatch(/!\[Forwarding rate[^\]]*\]\(chart-1-forwarding-rate\.svg\)/);
    expect(text.match(/^\| (cuckoo|chaining-stl) \|/gm)).toHaveLength(12);
    expect(text).toContain("**failed**, all trials failed: the agent died (signal SIGSEGV)");
    expect(text).toContain("```sh\nnicbench run suites/quickstart.yaml --seed 42\n```");
  });

  it("keeps every table row in one line with the same number of cells, whatever a parameter is called", () => {
    const input = syntheticInput({
      points: [{ table: `${HOSTILE}\nx` }, { table: "b" }],
      repetitions: 2,
      title: HOSTILE,
    });
    const text = reportMarkdown(input, renderSpecs(input));
    const rows = text.split("\n").filter((line) => line.startsWith("| "));
    expect(rows).toHaveLength(4);
    expect(new Set(rows.map((row) => row.replaceAll("\\|", "").split("|").length)).size).toBe(1);
    expect(text).not.toMatch(/<(script|img)/);
  });

  it("escapes what Markdown would read as a mark", () => {
    expect(escapeMarkdown("a|b *c* <i>\n`d`")).toBe("a\\|b \\*c\\* &lt;i&gt; \\`d\\`");
  });
});

describe("html", () => {
  it("escapes texts, keeps nested templates, and joins lists", () => {
    expect(html`<p title="${`"'<>&`}">${["a<b", html`<i>${"&"}</i>`, 3]}</p>`.html).toBe(
      '<p title="&quot;&#39;&lt;&gt;&amp;">a&lt;b<i>&amp;</i>3</p>',
    );
    expect(html`${trusted("<b>")}`.html).toBe("<b>");
    expect(escapeHtml("plain")).toBe("plain");
  });

  it("embeds any JSON so that it parses back and cannot end its script", () => {
    const value = { text: HOSTILE, nested: ["\u2028", "\u2029", "</SCRIPT >"] };
    const text = scriptJson(value).html;
    expect(JSON.parse(text)).toEqual(value);
    expect(text).not.toMatch(/[<>\u2028\u2029]/);
  });

  it("embeds sources so that they cannot end their script, nor ask for a source map", () => {
    const source = 'const a = "</script>", b = "<!--";\n//# sourceMappingURL=x.js.map\n';
    const text = scriptSource(source).html;
    expect(text).not.toMatch(/<\/script|<!--|sourceMappingURL/i);
    expect(runInNewContext(`${text}; [a, b]`)).toEqual(["</script>", "<!--"]);
  });
});

describe("the generator's calibration", () => {
  const plain = syntheticInput({ points: [{ table: "cuckoo" }, { table: "chaining" }] });
  const points = plain.summary.points.map((point, i) =>
    i === 0 ? { ...point, flags: ["near-generator-ceiling"] } : point,
  );
  const input = {
    ...plain,
    manifest: { ...plain.manifest, calibrations: [calibration()] },
    summary: { ...plain.summary, points },
  };
  const said = "at most 10 Mpps of 64 B, 1 Mpps of 1518 B; at 100 kpps 99 % left at most 120 ns late";

  it("is stated, with the points that are near the ceiling, in Markdown", () => {
    const text = reportMarkdown(input, []);
    expect(text).toContain(`- ring: ${said}`);
    expect(text).toContain("| ok, near-generator-ceiling |");
    expect(text).toContain("**ok**, near-generator-ceiling: within 5 %");
    expect(reportMarkdown(plain, [])).not.toMatch(/alibration|ceiling/);
  });

  it("is stated, with the points that are near the ceiling, on the page", async () => {
    const page = await reportHtml(input);
    expect(page).toContain(said);
    expect(page).toContain('<span class="badge warn">near-generator-ceiling</span>');
    expect(page).toContain("within 5 % of what the generator can do");
  });

  it("marks points near the ceiling in the table on the terminal", () => {
    const [first = "", second = ""] = formatResultTable(input).split("\n").slice(2);
    expect(first).toMatch(/near-generator-ceiling$/);
    expect(second).not.toContain("ceiling");
  });
});
