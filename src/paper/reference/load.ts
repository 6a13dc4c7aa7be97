/** Reads the published series that the project carries: `suites/reference/<paper>/<file>.csv`. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { z } from "zod";
import { codeOf, messageOf, UserError } from "../../errors.js";
import { packageRoot } from "../../package.js";
import type { Unit } from "../../results/model.js";
import { didYouMean } from "../../yaml/nearest.js";
import { quote } from "../../yaml/problems.js";
import { quantityParams, seriesParams, xParam } from "./names.js";
import type { ReferenceRow, ReferenceTable } from "./table.js";

/** The folder that ships. */
export const referenceRoot: string = join(packageRoot, "suites", "reference");

/** Names of all tables, such as `hpsr21/multi_thread`, sorted. */
export async function listReferences(root = referenceRoot): Promise<readonly string[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const lists = folders.map(async (paper) => (await readdir(join(root, paper))).map((file) => `${paper}/${file}`));
  const files = (await Promise.all(lists)).flat().filter((file) => file.endsWith(".csv"));
  return files.map((file) => file.slice(0, -".csv".length)).sort();
}

/**
 * One table, such as `hpsr21/single_thread`, with values in base units.
 *
 * @throws {UserError} `REFERENCE_UNKNOWN` with the nearest name, or `REFERENCE_INVALID` with file and line
 */
export async function loadReference(name: string, root = referenceRoot): Promise<ReferenceTable> {
  const [, paper, file] = NAME.exec(name) ?? [];
  if (paper === undefined || file === undefined) throw await unknown(name, root);
  const path = join(root, paper, `${file}.csv`);
  const text = await readFile(path, "utf8").catch(async (error: unknown) => {
    if (codeOf(error) === "ENOENT") throw await unknown(name, root);
    throw new UserError("REFERENCE_INVALID", `${path} cannot be read: ${messageOf(error)}`);
  });
  return { name, paper, rows: parseReference(text, { paper, file, path }) };
}

/** Several tables by name, each read once. */
export async function loadReferences(
  names: Iterable<string>,
  root = referenceRoot,
): Promise<ReadonlyMap<string, ReferenceTable>> {
  const tables = [...new Set(names)].map(async (name) => [name, await loadReference(name, root)] as const);
  return new Map(await Promise.all(tables));
}

export interface CsvSource {
  readonly paper: string;
  readonly file: string;
  /** For messages. */
  readonly path: string;
}

/** @throws {UserError} `REFERENCE_INVALID` with the line and what is wrong in it */
export function parseReference(text: string, source: CsvSource): readonly ReferenceRow[] {
  return records(text, source.path).map((record, index) => {
    const parsed = rowSchema.safeParse(record);
    if (parsed.success) return toRow(parsed.data, source);
    const [issue] = parsed.error.issues;
    throw invalid(source.path, index, `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "is not valid"}`);
  });
}

/** Rows of a CSV file by column name. The header is line 1; the files that ship have no line breaks in fields. */
export function records(text: string, path: string): readonly unknown[] {
  try {
    return parse(text, { columns: true, skip_empty_lines: true, bom: true });
  } catch (error) {
    throw new UserError("REFERENCE_INVALID", `${path}: ${messageOf(error)}`);
  }
}

export function invalid(path: string, index: number, message: string): UserError {
  return new UserError("REFERENCE_INVALID", `${path}:${index + 2}: ${message}`);
}

const NAME = /^([a-z0-9-]+)\/([a-z0-9_-]+)$/;

async function unknown(name: string, root: string): Promise<UserError> {
  const known = await listReferences(root);
  const hint = known.length === 0 ? `There is none in ${root}.` : `There are: ${known.join(", ")}`;
  return new UserError("REFERENCE_UNKNOWN", `${quote(name)} is no published table${didYouMean(name, known)}`, hint);
}

const number = z
  .string()
  .regex(/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i, { error: ({ input }) => `${quote(input)} is not a number` })
  .transform(Number);
const optionalNumber = z.union([z.literal("").transform(() => undefined), number]).optional();
const optionalText = z
  .string()
  .transform((text) => (text === "" ? undefined : text))
  .optional();

const UNITS: Readonly<Record<string, readonly [Unit, number]>> = {
  Gbps: ["bit/s", 1e9],
  Mpps: ["frames/s", 1e6],
  us: ["ns", 1e3],
  ms: ["ns", 1e6],
  s: ["s", 1],
  cycles: ["cycles", 1],
  "krules/s": ["rules/s", 1e3],
  "%": ["ratio", 0.01],
  fraction: ["ratio", 1],
  ratio: ["ratio", 1],
  count: ["count", 1],
  cores: ["count", 1],
};

const rowSchema = z.object({
  figure: z.string().min(1),
  series: z.string().min(1),
  x_name: z.string().min(1),
  x: z.string().min(1),
  y_name: z.string().min(1),
  y: number,
  unit: z.string().refine((unit) => Object.hasOwn(UNITS, unit), {
    error: ({ input }) => `${quote(input)} is no known unit; known: ${Object.keys(UNITS).join(", ")}`,
  }),
  n: optionalNumber,
  min: optionalNumber,
  max: optionalNumber,
  condition: optionalText,
  variant: optionalText,
  nic: optionalText,
  censored: z.enum(["yes", "no"]).optional(),
});

/** What an x is multiplied with to be in base units. */
const X_FACTORS: Readonly<Record<string, number>> = { table_occupancy_percent: 0.01 };

function toRow(row: z.output<typeof rowSchema>, { paper, file }: CsvSource): ReferenceRow {
  const [unit, factor] = UNITS[row.unit] ?? (["count", 1] as const);
  const x = toX(row.x_name, row.x);
  const texts = { condition: row.condition, variant: row.variant, nic: row.nic };
  return {
    figure: row.figure,
    series: row.series,
    xName: row.x_name,
    x,
    yName: row.y_name,
    y: times(row.y, factor),
    unit,
    ...given({ n: row.n, min: row.min && times(row.min, factor), max: row.max && times(row.max, factor) }),
    ...given(texts),
    censored: row.censored === "yes",
    params: {
      ...seriesParams(paper, file, row.series),
      ...quantityParams(paper, file, row.y_name),
      ...xParam(row.x_name, x),
    },
  };
}

function toX(name: string, text: string): number | string {
  const parsed = number.safeParse(text);
  return parsed.success ? times(parsed.data, X_FACTORS[name] ?? 1) : text;
}

/** Without the noise of binary fractions: 48.2 Gbps is 48200000000. */
function times(value: number, factor: number): number {
  return Number((value * factor).toPrecision(12));
}

type Given<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

function given<T extends object>(values: T): Given<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>;
}
