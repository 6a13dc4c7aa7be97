/** Problems in a file, each with its place, and how they are told. */
import { UserError } from "../errors.js";
import { excerpt } from "../printable.js";
import { placeText, type Path, type Place } from "./located.js";

export interface Problem {
  readonly place: Place;
  /** What it concerns, such as `with.table`; empty for the whole file. */
  readonly path: string;
  readonly message: string;
}

export function problemText({ place, path, message }: Problem): string {
  return `${placeText(place)}: ${path === "" ? "" : `${path}: `}${message}`;
}

const SHOWN = 20;

/**
 * One error for all problems of a file, in the order of its lines, each told once.
 *
 * @param code such as `SUITE_INVALID`
 */
export function problemsError(code: string, file: string, problems: readonly Problem[], hint: string): UserError {
  const sorted = [...problems].sort(byPlace).map(problemText);
  const lines = [...new Set(sorted)];
  if (lines.length === 1) return new UserError(code, lines[0] ?? "", hint);
  const rest = lines.length > SHOWN ? [`… and ${lines.length - SHOWN} more`] : [];
  const list = [...lines.slice(0, SHOWN), ...rest].map((line) => `  ${line}`);
  return new UserError(code, [`${lines.length} problems in ${file}:`, ...list].join("\n"), hint);
}

function byPlace({ place: a }: Problem, { place: b }: Problem): number {
  return (a.line ?? Infinity) - (b.line ?? Infinity) || (a.column ?? 0) - (b.column ?? 0) || 0;
}

/** The value as the user wrote it, short enough for a message. */
export function quote(value: unknown): string {
  if (typeof value === "string") return `'${excerpt(value)}'`;
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" && value !== null ? "a map" : String(value);
}

/** `traffic.flows`, `matrix.table[2]` */
export function dotted(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text === "" ? excerpt(String(key)) : `${text}.${excerpt(String(key))}`;
  }, "");
}
