/** Reads YAML 1.2 files into located trees, and refuses what is not a small, plain document. */
import { readFile, stat } from "node:fs/promises";
import { Composer, LineCounter, Parser, type Document, type YAMLError } from "yaml";
import { codeOf, messageOf, UserError } from "../errors.js";
import { toLocated } from "./convert.js";
import { Refusal, TOO_DEEP, TOO_MANY, tooDeepAt, tooLargeAt } from "./limits.js";
import type { Located, LocatedMap, Place } from "./located.js";
import { problemsError, quote, type Problem } from "./problems.js";

/** What kind of file it is: its name in messages and the start of its error codes. */
export interface FileKind {
  readonly noun: "suite" | "testbed" | "baseline";
  readonly code: "SUITE" | "TESTBED" | "BASELINE";
  readonly hint: string;
}

const MAX_BYTES = 5_000_000;

/**
 * @throws {UserError} `…_NOT_FOUND`, `…_UNREADABLE`, or `…_INVALID` with all faults of the syntax
 */
export async function readYaml(file: string, kind: FileKind): Promise<LocatedMap> {
  const { node, problems } = parseYaml(await readText(file, kind), { source: file, line: 1, column: 1 });
  if (problems.length > 0) throw problemsError(`${kind.code}_INVALID`, file, problems, kind.hint);
  if (node?.kind === "map") return node;
  const found = node === undefined ? "the file is empty" : `the file holds ${describe(node)}, not a map`;
  throw invalid(file, kind, `${found}; a ${kind.noun} starts with 'nicbench: 1'`);
}

export interface ParsedYaml {
  /** Undefined for an empty document and where there are problems. */
  readonly node: Located | undefined;
  readonly problems: readonly Problem[];
}

/** @param start where the text begins; without a line, every place is the start itself */
export function parseYaml(text: string, start: Place): ParsedYaml {
  const lines = new LineCounter();
  const placeAt = (offset: number): Place => {
    if (start.line === undefined) return start;
    const { line, col } = lines.linePos(offset);
    return { source: start.source, line, column: col };
  };
  try {
    return toLocated(compose(text, lines), placeAt);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const problems = error.faults.map(({ offset, message }) => ({ place: placeAt(offset), path: "", message }));
    return { node: undefined, problems };
  }
}

/** @throws {Refusal} for broken syntax, size, deep nesting and a second document */
function compose(text: string, lines: LineCounter): Document {
  const large = tooLargeAt(text);
  if (large !== undefined) throw new Refusal([{ offset: large, message: TOO_MANY }]);
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  const deep = tooDeepAt(tokens);
  if (deep !== undefined) throw new Refusal([{ offset: deep, message: TOO_DEEP }]);
  const [document, second] = new Composer({ uniqueKeys: false, version: "1.2" }).compose(tokens, true, text.length);
  if (document === undefined || second !== undefined) {
    throw new Refusal([
      { offset: second?.range[0] ?? 0, message: "a second document; a file holds one, so remove the '---'" },
    ]);
  }
  // What follows the first faults of a broken syntax is mostly their echo.
  const faults = [...document.errors, ...document.warnings].slice(0, 3);
  if (faults.length === 0) return document;
  throw new Refusal(faults.map((fault) => ({ offset: fault.pos[0], message: faultText(fault) })));
}

function faultText({ code, message }: YAMLError): string {
  switch (code) {
    case "TAB_AS_INDENT":
      return "a tab in the indentation; YAML indents with spaces";
    case "BAD_INDENT":
      return "wrong indentation, or a bracket or quote that is never closed";
    default:
      return `not valid YAML: ${(message.split("\n")[0] ?? message).replace(/ at line \d+.*$/, "")}`;
  }
}

function describe(node: Located): string {
  return node.kind === "list" ? "a list" : node.kind === "map" ? "a map" : quote(node.value);
}

function invalid(file: string, kind: FileKind, message: string): UserError {
  return new UserError(`${kind.code}_INVALID`, `${file}:1:1: ${message}`, kind.hint);
}

async function readText(file: string, kind: FileKind): Promise<string> {
  const bytes = await readBytes(file, kind);
  if (bytes.includes(0)) throw invalid(file, kind, `the file has NUL bytes, so it is no text file or a damaged one`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw invalid(file, kind, `the file is not UTF-8 text`);
  }
}

async function readBytes(file: string, kind: FileKind): Promise<Buffer> {
  const refuse = (reason: string, hint: string): UserError =>
    new UserError(`${kind.code}_UNREADABLE`, `${file}: ${reason}.`, hint);
  try {
    const facts = await stat(file);
    if (facts.isDirectory())
      throw refuse("is a folder", `Name a ${kind.noun} file in it, such as ${file}/${kind.noun}.yaml`);
    if (!facts.isFile()) throw refuse("is not a regular file", `Write the ${kind.noun} to a file and name that.`);
    if (facts.size > MAX_BYTES) {
      throw refuse(
        `has ${facts.size} bytes; a ${kind.noun} has at most ${MAX_BYTES}`,
        `Is this really a ${kind.noun}?`,
      );
    }
    return await readFile(file);
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") {
      throw new UserError(`${kind.code}_NOT_FOUND`, `There is no ${kind.noun} file ${file}.`, kind.hint);
    }
    throw refuse(`cannot be read: ${messageOf(error)}`, "Check its permissions.");
  }
}
