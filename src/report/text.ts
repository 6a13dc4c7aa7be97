/** The result table that `nicbench run` prints on a terminal. */
import { extent } from "../statistics/median.js";
import pc from "picocolors";
import { resultTable, type ResultCell, type ResultRow } from "./table.js";
import type { ReportInput } from "./input.js";

export interface TextOptions {
  /** Colours by status; off unless asked for. */
  readonly color?: boolean;
}

/**
 * One line a point: swept parameters, trials, and the main metrics as median and half width of the 95 % interval.
 * Lines end without a newline after the last.
 */
export function formatResultTable(input: ReportInput, { color = false }: TextOptions = {}): string {
  const { params, metrics, rows } = resultTable(input);
  const names = params.length === 0 ? ["point"] : params.map((title) => title.toLowerCase());
  const header = [...names, "n", ...metrics.map(({ title }) => title.toLowerCase()), ""];
  const units = [...names.map(() => ""), "", ...metrics.map(({ axis }) => axis.symbol), ""];
  const spreads = metrics.map(
    (_, column) => extent([0, ...rows.map(({ cells }) => cells[column]?.spread.length ?? 0)])[1],
  );
  const body = rows.map((row) => [
    ...(params.length === 0 ? ["all"] : row.params),
    String(row.n),
    ...alignedCells(row, spreads),
    row.status === "ok" ? row.marks.join(", ") : row.status,
  ]);
  const leftColumns = new Set([...names.keys(), header.length - 1]);
  const lines = aligned([header, units, ...body], leftColumns);
  return lines.map((line, i) => painted(line, i < 2 ? "header" : (rows[i - 2]?.status ?? "ok"), color)).join("\n");
}

/** Median and spread, the spreads of a column padded to one width. */
function alignedCells({ cells }: ResultRow, spreads: readonly number[]): readonly string[] {
  return cells.map((cell, column) => {
    const width = spreads[column] ?? 0;
    return cell ? cellText(cell, width) : "–".padEnd(width > 0 ? width + 2 : 1);
  });
}

function cellText({ median, spread }: ResultCell, width: number): string {
  return width === 0 ? median : `${median} ${spread.padEnd(width)}`;
}

function aligned(lines: readonly (readonly string[])[], leftColumns: ReadonlySet<number>): readonly string[] {
  const widths = (lines[0] ?? []).map((_, column) => extent(lines.map((line) => line[column]?.length ?? 0))[1]);
  return lines.map((line) =>
    line
      .map((text, column) =>
        leftColumns.has(column) ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
}

function painted(line: string, status: string, color: boolean): string {
  const colors = pc.createColors(color);
  if (status === "header") return colors.dim(line);
  if (status === "suspect") return colors.yellow(line);
  if (status === "failed") return colors.red(line);
  return status === "ok" ? line : colors.dim(line);
}
