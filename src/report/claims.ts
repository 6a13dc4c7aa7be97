/** Verdicts on claims in words, for every format. */
import pc from "picocolors";
import { wrapped } from "./charts/measure.js";
import { reportClaims, type ReportClaim, type ReportInput } from "./input.js";

/** In the order in which they are counted. */
const VERDICTS = ["confirmed", "refuted", "inconclusive", "not testable here"] as const;

export type Tone = "good" | "warn" | "bad" | "idle";

export function toneOf(verdict: string): Tone {
  if (verdict === "confirmed") return "good";
  if (verdict === "refuted") return "bad";
  return verdict === "inconclusive" ? "warn" : "idle";
}

/** `3 confirmed, 1 refuted, 2 not testable here` */
export function verdictCounts(claims: readonly Pick<ReportClaim, "verdict">[]): string {
  const known = new Set<string>(VERDICTS);
  const verdicts = [...VERDICTS, ...new Set(claims.map(({ verdict }) => verdict).filter((one) => !known.has(one)))];
  return verdicts
    .map((verdict) => ({ verdict, count: claims.filter((claim) => claim.verdict === verdict).length }))
    .filter(({ count }) => count > 0)
    .map(({ verdict, count }) => `${count} ${verdict}`)
    .join(", ");
}

export interface ClaimTextOptions {
  readonly color?: boolean;
  /** Columns of the terminal. */
  readonly width?: number;
}

const NARROWEST = 60;

/** What `nicbench run` prints: verdict, id and statement, with the evidence below. Empty without claims. */
export function formatClaims(input: ReportInput, { color = false, width = 100 }: ClaimTextOptions = {}): string {
  const claims = reportClaims(input);
  const verdictWidth = widest(claims.map(({ verdict }) => verdict));
  const idWidth = widest(claims.map(({ id }) => id));
  const indent = " ".repeat(verdictWidth + idWidth + 4);
  const room = Math.max(NARROWEST, width) - indent.length;
  const colors = pc.createColors(color);
  const paint = { good: colors.green, bad: colors.red, warn: colors.yellow, idle: colors.dim };
  return claims
    .map(({ id, says, verdict, evidence }) => {
      const [first = "", ...rest] = [...lines(says, room), ...lines(evidence, room)];
      const head = `${paint[toneOf(verdict)](verdict.padEnd(verdictWidth))}  ${id.padEnd(idWidth)}  ${first}`.trimEnd();
      return [head, ...rest.map((line) => `${indent}${line}`)].join("\n");
    })
    .join("\n");
}

function lines(text: string, room: number): readonly string[] {
  return text === "" ? [] : wrapped(text, Math.max(20, room));
}

function widest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, text.length), 0);
}
