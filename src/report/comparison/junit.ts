/**
 * A gate as JUnit XML: one test case a check, as the dialect that GitLab, Jenkins and GitHub actions read has it
 * (`testsuites > testsuite > testcase` with `failure`, `error` or `skipped`).
 */
import { pointLabeller } from "../params.js";
import { changeText, ruleText, sideText } from "./rows.js";
import type { Check } from "../../gate/judge.js";
import type { GateReport } from "./input.js";

export function gateJunit({ judgement: { checks }, baseline, candidate, strict }: GateReport): string {
  const label = pointLabeller([...baseline.points, ...candidate.points]);
  const cases = checks.map((check) => ({ check, result: resultOf(check, strict) }));
  const count = (kind: Kind): number => cases.filter(({ result }) => result?.kind === kind).length;
  const totals = `tests="${checks.length}" failures="${count("failure")}" errors="${count("error")}"`;
  const name = `nicbench gate ${candidate.suite}`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${escapeXml(name)}" ${totals}>`,
    `  <testsuite name="${escapeXml(name)}" ${totals} skipped="${count("skipped")}">`,
    ...cases.map(({ check, result }) => testCase(candidate.suite, label(check.point), check, result)),
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

type Kind = "failure" | "error" | "skipped";

interface CaseResult {
  readonly kind: Kind;
  readonly message: string;
}

function resultOf({ outcome, reason = "", ...check }: Check, strict: boolean): CaseResult | undefined {
  if (outcome === "passed") return undefined;
  if (outcome === "broken") return { kind: "error", message: `Every trial failed. ${reason}`.trim() };
  if (outcome === "regressed") {
    return { kind: "failure", message: `${check.metric.name} changed by ${changeText(check.ratio)}` };
  }
  return { kind: strict ? "failure" : "skipped", message: `Inconclusive. ${reason}` };
}

function testCase(suite: string, label: string, check: Check, result: CaseResult | undefined): string {
  const head = `    <testcase classname="${escapeXml(`${suite}.${check.metric.name}`)}" name="${escapeXml(label)}"`;
  if (result === undefined) return `${head}/>`;
  const { kind, message } = result;
  const numbers = [
    `baseline: ${sideText(check.baseline, check)}`,
    `now: ${sideText(check.candidate, check)}`,
    `change: ${changeText(check.ratio)}`,
    `fails if: ${ruleText(check)}`,
  ].join("\n");
  return `${head}><${kind} message="${escapeXml(message)}">${escapeXml(numbers)}</${kind}></testcase>`;
}

/** Text or attribute; without the control characters that XML 1.0 does not allow in any form (section 2.2). */
function escapeXml(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
