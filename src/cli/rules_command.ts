/** What `nicbench rules` prints. */
import { UserError } from "../errors.js";
import { surveyRules, type Survey } from "../rules/survey.js";
import { formatQuantity } from "../units.js";
import { problemText } from "../yaml/problems.js";
import { columns, print } from "./terminal.js";

/** @throws {UserError} RULES_INVALID after what is right was printed; RULES_EMPTY; RULES_UNREADABLE; RULES_LINE */
export function check(file: string, asJson: boolean): void {
  const survey = surveyRules(file);
  print(asJson ? JSON.stringify({ file, ...survey }, null, 2) : surveyText(file, survey));
  if (survey.problems > 0) throw invalid(file, survey);
  if (survey.rules === 0) {
    throw new UserError(
      "RULES_EMPTY",
      `${file} has no rule.`,
      "Rules are lines such as: flow create 0 ingress pattern eth / end actions drop / end",
    );
  }
}

const SHOWN_KINDS = 20;

function surveyText(file: string, { rules, others, kinds }: Survey): string {
  const count = (value: number): string => formatQuantity(value, "count");
  const shown = kinds.slice(0, SHOWN_KINDS);
  const more = rules - shown.reduce((sum, kind) => sum + kind.rules, 0);
  const rows = shown.map(({ group, pattern, rules: n }) => [`  group ${group}`, count(n), pattern]);
  const left = others === 0 ? "" : `; other commands left out: ${count(others)}`;
  return [
    `${file}: ${rules === 1 ? "1 rule" : `${count(rules)} rules`}${left}`,
    ...(rows.length === 0 ? [] : [columns(rows)]),
    ...(more === 0 ? [] : [`  and of other kinds ${count(more)}`]),
  ].join("\n");
}

function invalid(file: string, { problems, first }: Survey): UserError {
  const texts = first.map(problemText);
  const hint =
    "Each is a command as testpmd takes it: flow create 0 ingress pattern eth / ipv4 / end actions queue index 1 / end";
  if (problems === 1) return new UserError("RULES_INVALID", texts.join(""), hint);
  const rest = problems > texts.length ? [`… and ${problems - texts.length} more`] : [];
  const list = [...texts, ...rest].map((text) => `  ${text}`);
  return new UserError("RULES_INVALID", [`${problems} problems in ${file}:`, ...list].join("\n"), hint);
}
