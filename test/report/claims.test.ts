import { describe, expect, it } from "vitest";
import { formatClaims, toneOf, verdictCounts } from "../../src/report/claims.js";
import { claimsSection } from "../../src/report/html/claims.js";
import { reportMarkdown } from "../../src/report/markdown.js";
import { prepareReport } from "../../src/report/prepare.js";
import { verdictOf } from "../../src/report/verdict.js";
import { HOSTILE } from "./hostile.js";
import { tableRun, type MadeUpMetric } from "./table_runs.js";
import type { ReportClaim, ReportInput } from "../../src/report/input.js";

const SPEEDS: Readonly<Record<string, number>> = { "cuckoo++": 60e6, "robin-map": 50e6, cuckoo: 40e6 };
const RATE: MadeUpMetric = {
  name: "lookup_rate",
  title: "Lookups",
  unit: "op/s",
  better: "higher",
  value: ({ table }) => SPEEDS[String(table)],
};

/** A run whose suite has these claims, as YAML would give them. */
function runWith(claims: unknown): ReportInput {
  const run = tableRun({ points: Object.keys(SPEEDS).map((table) => ({ table })), metrics: [RATE] });
  return { ...run, manifest: { ...run.manifest, suite: { ...run.manifest.suite, resolved: { claims } } } };
}

const order = (is: string) => ({ order: { metric: "lookup_rate", across: "table", is } });

const CLAIMS = [
  { id: "HP04", says: "Tables rank as published.", expect: order("cuckoo++ > robin-map > cuckoo") },
  { id: "mine", says: "Cuckoo is the fastest.", expect: order("cuckoo > robin-map") },
  { id: "HP02", says: "Three cores reach line rate.", expect: { untestable: "this run has one core" } },
];

describe("prepareReport", () => {
  it("judges the suite's claims, for the report and the summary alike", async () => {
    const { summary, claims } = await prepareReport(runWith(CLAIMS));
    expect(claims?.map(({ id, verdict }) => [id, verdict])).toEqual([
      ["HP04", "confirmed"],
      ["mine", "refuted"],
      ["HP02", "not testable here"],
    ]);
    expect(summary.claims).toEqual(claims?.map(({ id, verdict, evidence }) => ({ id, verdict, evidence })));
    expect(claims?.[0]?.evidence).toMatch(/cuckoo\+\+ 60 > robin-map 50 > cuckoo 40 Mop\/s/);
  });

  it("adds what the paper measured to claims with the id of a published statement, and only to those", async () => {
    const { claims = [] } = await prepareReport(runWith(CLAIMS));
    expect(claims[0]?.published).toEqual({
      value: "45.8 / 44.6 / 44.4 / 42.6 / 40.4 / 37.0 Gbps",
      context: "multi_thread imp/; campus x16, 8M entries",
    });
    expect(claims[1]).not.toHaveProperty("published");
  });

  it("reads the published tables that plots name, and leaves out those that there are not", async () => {
    const run = runWith([]);
    const shared = { mark: "bar", x: "table", y: "lookup_rate" } as const;
    const plots = [
      { ...shared, title: "a", reference: "hpsr21/single_thread" },
      { ...shared, title: "b", reference: { series: "hpsr21/multi_thread" } },
      { ...shared, title: "c", reference: "nobody/nothing" },
    ];
    const manifest = { ...run.manifest, suite: { ...run.manifest.suite, plots } };
    const { references } = await prepareReport({ ...run, manifest });
    expect([...(references?.keys() ?? [])]).toEqual(["hpsr21/single_thread", "hpsr21/multi_thread"]);
  });

  it("reports a run whose claims another version wrote: none is testable, and each says why", async () => {
    const { summary } = await prepareReport(runWith([{ id: "old", says: "x", expect: { sorted: "a" } }, 7]));
    expect(summary.claims.map(({ id, verdict }) => [id, verdict])).toEqual([
      ["old", "not testable here"],
      ["claim 2", "not testable here"],
    ]);
    expect(summary.claims[0]?.evidence).toContain("The claims are not valid");
  });

  it("has nothing to say of a run without claims", async () => {
    const input = await prepareReport(runWith(undefined));
    expect(input.summary.claims).toEqual([]);
    expect(claimsSection(input).html).toBe("");
    expect(formatClaims(input)).toBe("");
    expect(reportMarkdown(input, [])).not.toContain("Claims");
  });
});

describe("claims in words", () => {
  const claims: readonly ReportClaim[] = [
    {
      id: "A",
      says: "One.",
      verdict: "confirmed",
      evidence: "a 2 > b 1",
      details: ["confirmed: at x 1", "confirmed: at x 2"],
    },
    { id: "B-long", says: "Two.", verdict: "refuted", evidence: HOSTILE, details: [] },
    {
      id: "C",
      says: "Three.",
      verdict: "inconclusive",
      evidence: "c",
      details: [],
      published: { value: "3", context: "fig 2" },
    },
    { id: "D", says: "Four.", verdict: "not testable here", evidence: "d", details: [] },
  ];
  const input: ReportInput = { ...runWith([]), claims };

  it("counts verdicts, the certain ones first, and leaves out those that nobody got", () => {
    expect(verdictCounts(claims)).toBe("1 confirmed, 1 refuted, 1 inconclusive, 1 not testable here");
    expect(verdictCounts(claims.slice(1, 2))).toBe("1 refuted");
    expect(claims.map(({ verdict }) => toneOf(verdict))).toEqual(["good", "bad", "warn", "idle"]);
  });

  it("prints verdict, id and statement in columns, and the evidence below the statement", () => {
    const lines = formatClaims(input).split("\n");
    expect(lines.slice(0, 2)).toEqual(["confirmed          A       One.", "                           a 2 > b 1"]);
    expect(lines.filter((line) => /^\S/.test(line))).toHaveLength(4);
    for (const line of lines) expect(line.slice(27)).toMatch(/^\S/);
  });

  it("breaks long evidence at the width of the terminal", () => {
    const long = [{ ...claims[0]!, evidence: "word ".repeat(60).trim() }];
    const lines = formatClaims({ ...input, claims: long }, { width: 80 }).split("\n");
    expect(lines.length).toBeGreaterThan(4);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  });

  it("colours the verdict only, and only if asked to", () => {
    expect(formatClaims(input)).not.toContain("\u001b");
    const colored = formatClaims(input, { color: true });
    expect(colored).toContain("\u001b[31mrefuted");
    expect(colored.replaceAll(/\u001b\[\d+m/g, "")).toBe(formatClaims(input));
  });

  it("says in the head of the report how many were confirmed", () => {
    const verdicts = claims.map(({ id, verdict, evidence }) => ({ id, verdict, evidence }));
    const { counts } = verdictOf({ ...input, summary: { ...input.summary, claims: verdicts } });
    expect(counts).toMatch(/ · claims: 1 confirmed, 1 refuted, 1 inconclusive, 1 not testable here$/);
  });

  it("shows statement, verdict, evidence and published value in HTML, with texts as texts", () => {
    const { html } = claimsSection(input);
    expect(html.match(/<tr role="row">/g)).toHaveLength(1 + 4);
    expect(html).toContain('<span class="badge bad">refuted</span>');
    expect(html).toMatch(/2 findings[\s\S]*<li>confirmed: at x 1<\/li>/);
    expect(html).toContain('3<span class="context">fig 2</span>');
    expect(html).not.toMatch(/<(script|img)/);
  });

  it("leaves out columns that are empty for all claims", () => {
    const bare = {
      ...runWith([]),
      summary: { ...input.summary, claims: [{ id: "A", verdict: "confirmed", evidence: "e" }] },
    };
    expect([...claimsSection(bare).html.matchAll(/columnheader">(\w+)</g)].map(([, title]) => title)).toEqual([
      "Claim",
      "Verdict",
      "Evidence",
    ]);
  });

  it("stands in the Markdown above the charts, one row a claim", () => {
    const text = reportMarkdown(input, []);
    expect(text.indexOf("## Claims")).toBeLessThan(text.indexOf("## Results"));
    expect(text).toContain("| C | Three. | inconclusive | c | 3; fig 2 |");
    expect(text.match(/^\| (A|B-long|C|D) \|/gm)).toHaveLength(4);
  });
});

describe("what stays out of the Markdown", () => {
  it("is the kernel's command line, which may name disks and hosts", () => {
    const run = runWith(CLAIMS);
    const facts = Object.values(run.manifest.hosts)[0]!;
    const hosts = { here: { ...facts, kernelCommandLine: "root=UUID=secret-disk" } };
    expect(reportMarkdown({ ...run, manifest: { ...run.manifest, hosts } }, [])).not.toContain("secret-disk");
  });
});
