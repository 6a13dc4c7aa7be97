/** From the output of a program to the values that its role promises. */
import { UserError } from "../../errors.js";
import { median } from "../../statistics/median.js";
import { factorTo, type Unit } from "../../units.js";
import type { ProgramReport } from "../../agent/protocol.js";
import type { ResultSpec } from "../../testbed/program.js";

/** A value as it was printed. */
export interface Found {
  readonly value: number;
  /** Empty where there was none. */
  readonly unit: string;
}

type Output = Pick<ProgramReport, "stdout" | "stderr" | "killed" | "cut">;

/**
 * The value of a result in the unit of its metric.
 *
 * @throws {UserError} RESULT_MISSING, RESULT_UNIT
 */
export function resultOf(name: string, spec: ResultSpec, output: Output, unit: Unit): number {
  const found = findValues(spec, output);
  if (found.length === 0) throw missing(name, spec, output);
  return take(
    found.map((each) => convert(name, each, spec.unit ?? "", unit)),
    spec.take,
  );
}

/** All values of a result, in the order of the output: stdout, then stderr. JSON is looked for on stdout only. */
export function findValues(spec: ResultSpec, { stdout, stderr }: Pick<Output, "stdout" | "stderr">): readonly Found[] {
  if ("json" in spec) return jsonValues(stdout, spec.json);
  const expression = "npf" in spec ? npfLine(spec.npf) : new RegExp(spec.pattern, "gm");
  return [...`${stdout}\n${stderr}`.matchAll(expression)].flatMap(({ groups: { value = "", unit = "" } = {} }) =>
    value === "" || Number.isNaN(Number(value)) ? [] : [{ value: Number(value), unit }],
  );
}

/**
 * A line of the protocol of NPF (https://github.com/tbarbette/npf): `RESULT-NAME value unit`, or `RESULT value unit`
 * without a name, in capitals or not, also behind other words such as `TIME-1-`.
 */
function npfLine(name: string): RegExp {
  const tag = name === "" ? "" : `-${name.replaceAll(/[.()]/g, "\\$&")}`;
  return new RegExp(`RESULT${tag}[ \\t]+(?<value>[0-9.]+(?:e[+-]?[0-9]+)?)[ \\t]*(?<unit>[^\\s0-9]\\S*)?`, "gi");
}

function jsonValues(stdout: string, path: string): readonly Found[] {
  const value = path.split(".").reduce<unknown>(step, parseJson(stdout));
  return typeof value === "number" ? [{ value, unit: "" }] : [];
}

function step(parent: unknown, key: string): unknown {
  const isOwn = typeof parent === "object" && parent !== null && Object.hasOwn(parent, key);
  return isOwn ? (parent as Readonly<Record<string, unknown>>)[key] : undefined;
}

/** The whole output, or its last line: programs that print something else first end with it. */
function parseJson(text: string): unknown {
  for (const candidate of [text, text.trim().split("\n").at(-1) ?? ""]) {
    try {
      return JSON.parse(candidate) as unknown;
    } catch {
      // The next candidate.
    }
  }
  return undefined;
}

function convert(name: string, { value, unit: printed }: Found, assumed: string, unit: Unit): number {
  const written = printed === "" ? assumed : printed;
  const factor = unitFactor(written, unit);
  if (factor !== undefined) return value * factor;
  throw new UserError(
    "RESULT_UNIT",
    `Result '${name}' is in '${written}', which is no unit of its metric: that is in ${unit}.`,
    "Correct the metric's unit in the suite, or the result's in the testbed.",
  );
}

/** From a unit as programs write it to that of a metric; undefined if it is of another quantity. */
export function unitFactor(written: string, unit: Unit): number | undefined {
  return factorTo(unit, plainUnit(written));
}

/** Spellings of programs as ours: iperf prints Gbits/sec, NPF understands sec, byte and bits. */
function plainUnit(written: string): string {
  return written
    .replace(/^K(?=bi?t?s?(\/s|ps))/, "k")
    .replace(/(bits?|b)\/s(ec)?$/, "bps")
    .replace(/(packets|pkts|frames)\/s(ec)?$/, "pps")
    .replace(/^([mun]?)sec(onds?)?$/, "$1s")
    .replace(/^bytes?$/, "B");
}

function take(values: readonly number[], which: ResultSpec["take"]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  switch (which) {
    case "first":
      return values[0] ?? NaN;
    case "last":
      return values.at(-1) ?? NaN;
    case "mean":
      return sum / values.length;
    case "median":
      return median(values);
    case "sum":
      return sum;
    case "min":
      return Math.min(...values);
    case "max":
      return Math.max(...values);
  }
}

function missing(name: string, spec: ResultSpec, { killed, cut }: Output): UserError {
  const circumstances = [
    killed ? " It was killed, as it did not stop when asked to." : "",
    cut ? " It printed so much that some is left out." : "",
  ];
  return new UserError(
    "RESULT_MISSING",
    `The program did not print result '${name}': ${placeOf(spec)}.${circumstances.join("")}`,
    "Its output is in the role's log; correct command.results of the testbed.",
  );
}

function placeOf(spec: ResultSpec): string {
  if ("json" in spec) return `a number at ${spec.json} of JSON`;
  return "npf" in spec ? `a line ${spec.npf === "" ? "RESULT" : `RESULT-${spec.npf}`}` : `/${spec.pattern}/`;
}
