/** What Vega draws, mark by mark, without a browser: the parts of axes and legends are left out. */
import * as vega from "vega";
import { compile } from "vega-lite";
import type { ChartSpec } from "../../src/report/specs.js";

export interface Mark {
  /** `rect`, `line`, `area`, `symbol`, `rule`, `text` */
  readonly type: string;
  readonly items: readonly Item[];
}

export interface Item {
  readonly x: number;
  readonly y: number;
  readonly width?: number;
  readonly height?: number;
  readonly stroke?: string;
  readonly strokeDash?: readonly number[];
  readonly fill?: string;
  readonly fillOpacity?: number;
  readonly text?: string;
  readonly shape?: string;
  readonly datum: Readonly<Record<string, unknown>>;
}

interface Node {
  readonly marktype?: string;
  readonly role?: string;
  readonly items?: readonly Node[];
}

export async function drawnMarks({ spec }: ChartSpec): Promise<readonly Mark[]> {
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: "none" });
  await view.runAsync();
  const { root } = view.scenegraph() as unknown as { root: Node };
  return marksIn(root);
}

function marksIn(node: Node): readonly Mark[] {
  if (/^(axis|legend|title)/.test(node.role ?? "")) return [];
  const isMark = node.role === "mark" && node.marktype !== "group";
  if (isMark) return [{ type: node.marktype ?? "", items: node.items as unknown as readonly Item[] }];
  return (node.items ?? []).flatMap(marksIn);
}
