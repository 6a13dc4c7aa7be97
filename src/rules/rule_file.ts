/** The rules of a file, for a trial: all of them right, and not more than a trial can have. */
import { statSync } from "node:fs";
import { codeOf, UserError } from "../errors.js";
import { problemText, type Problem } from "../yaml/problems.js";
import { commandsOf, ruleOfCommand } from "./commands.js";
import { matchKey, type Rule } from "./rule.js";

export interface ListedRule {
  readonly rule: Rule;
  /** From 1; of a rule that stands in no file, its number. */
  readonly line: number;
}

/** What a file had to say, both as far as they were read. */
export interface RuleFile {
  readonly rules: readonly ListedRule[];
  /** What is wrong, the first of them. */
  readonly problems: readonly Problem[];
}

/** Each takes about 2 kB of memory as it is read. */
export const MOST_LISTED = 2 ** 17;
const MOST_BYTES = 64 * 2 ** 20;
const ENOUGH_PROBLEMS = 20;

let last: { readonly key: string; readonly read: RuleFile } | undefined;

/** Reads it whole, unless it is the one that was read last and has not changed. Of a file of any length no more than is needed. */
export function readRuleFile(file: string): RuleFile {
  try {
    const { size, mtimeMs } = statSync(file);
    const key = `${file} ${size} ${mtimeMs}`;
    if (last?.key !== key) last = { key, read: size > MOST_BYTES ? tooLarge(file, size) : read(file) };
    return last.read;
  } catch (error) {
    const why = error instanceof UserError ? error.message : `cannot be read: ${codeOf(error) ?? String(error)}`;
    return { rules: [], problems: [{ place: { source: file }, path: "", message: why }] };
  }
}

/** @throws {UserError} RULES_INVALID */
export function rulesOfFile(file: string): readonly ListedRule[] {
  const { rules, problems } = readRuleFile(file);
  const [problem] = problems;
  if (problem === undefined) return rules;
  throw new UserError(
    "RULES_INVALID",
    problemText(problem),
    `All that is wrong is told by: nicbench rules check ${file}`,
  );
}

function tooLarge(file: string, size: number): RuleFile {
  const message = `has ${size} bytes; a trial takes files of at most ${MOST_BYTES}`;
  return { rules: [], problems: [{ place: { source: file }, path: "", message }] };
}

function read(file: string): RuleFile {
  const rules: ListedRule[] = [];
  const problems: Problem[] = [];
  const lines = new Map<string, number>();
  for (const command of commandsOf(file)) {
    if (!command.isRule) continue;
    const { line } = command;
    const place = { source: file, line, column: 1 };
    if (rules.length === MOST_LISTED) {
      problems.push({
        place,
        path: "",
        message: `is rule number ${MOST_LISTED + 1}; a trial takes at most ${MOST_LISTED}`,
      });
      break;
    }
    const parsed = ruleOfCommand(command, file);
    if ("problem" in parsed) {
      problems.push(parsed.problem);
    } else {
      const before = lineOfSame(lines, parsed.rule, line);
      if (before !== undefined) problems.push({ place, path: "pattern", message: sameAs(before) });
      rules.push({ rule: parsed.rule, line });
    }
    if (problems.length === ENOUGH_PROBLEMS) break;
  }
  if (rules.length === 0 && problems.length === 0)
    problems.push({
      place: { source: file },
      path: "",
      message: "has no rule, such as: flow create 0 ingress pattern eth / end actions drop / end",
    });
  return { rules, problems };
}

function sameAs(line: number): string {
  return `is that of line ${line} in the same group, so that one of the two rules takes no frame`;
}

/** The line of a rule in the same group that matches the same frames by the same fields. */
function lineOfSame(lines: Map<string, number>, rule: Rule, line: number): number | undefined {
  const key = matchKey(rule);
  const before = lines.get(key);
  if (before === undefined) lines.set(key, line);
  return before;
}
