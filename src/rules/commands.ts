/** The rules among the lines of a file of testpmd's commands. */
import { contradictionIn } from "./contradictions.js";
import { linesOf } from "./lines.js";
import { parseRule, type Parsed } from "./parse.js";

export interface Command {
  readonly text: string;
  /** From 1. */
  readonly line: number;
  /** Files for testpmd also set up ports, and destroy rules. A command that is spelt wrong counts as a rule. */
  readonly isRule: boolean;
}

/**
 * Without comments and empty lines.
 *
 * @throws {UserError} RULES_UNREADABLE, RULES_LINE
 */
export function* commandsOf(file: string): Generator<Command, void> {
  let line = 0;
  for (const text of linesOf(file)) {
    line += 1;
    if (!/^\s*(#|$)/.test(text)) yield { text, line, isRule: isOfFlows(text) };
  }
}

function isOfFlows(text: string): boolean {
  return /^\s*flow\s/.test(text) && !/^\s*flow\s+(validate|destroy|flush|query|list|isolate)\b/.test(text);
}

/** The rule, if it is spelt right and does not contradict itself. */
export function ruleOfCommand({ text, line }: Pick<Command, "text" | "line">, source: string): Parsed {
  const parsed = parseRule(text, { source, number: line });
  if ("problem" in parsed) return parsed;
  const found = contradictionIn(parsed.rule);
  if (found === undefined) return parsed;
  const { path, message } = found;
  return { problem: { place: { source, line, column: columnOf(path, text) }, path, message } };
}

/** Of the item or action that the path names, as far as that can be told by its name. */
function columnOf(path: string, text: string): number {
  const [part = "", name = ""] = path.split(".");
  const from = Math.max(0, text.indexOf(part));
  const at = text.slice(from).search(new RegExp(`\\s${name}(\\s|$)`));
  return from + (name === "" || at < 0 ? 0 : at + 1) + 1;
}
