/** A gate as workflow commands of GitHub Actions: an error a regression, a warning for what is left open. */
import { pointLabeller } from "../params.js";
import { changeText, ruleText } from "./rows.js";
import type { Check } from "../../gate/judge.js";
import type { GateReport } from "./input.js";

/** One line each, in the order of the checks; nothing for what passed. */
export function gateAnnotations({ judgement: { checks }, baseline, candidate, strict }: GateReport): readonly string[] {
  const label = pointLabeller([...baseline.points, ...candidate.points]);
  return checks
    .filter(({ outcome }) => outcome !== "passed")
    .map((check) => {
      const level = check.outcome === "inconclusive" && !strict ? "warning" : "error";
      const title = `${check.metric.name} ${check.outcome}: ${label(check.point)}`;
      return `::${level} title=${escapeProperty(title)}::${escapeData(messageOf(check))}`;
    });
}

function messageOf(check: Check): string {
  if (check.outcome !== "regressed") return check.reason ?? check.outcome;
  return `changed by ${changeText(check.ratio)}; fails if ${ruleText(check)}`;
}

/** The escapes of the runner's own toolkit (`@actions/core`, command.ts). */
function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
