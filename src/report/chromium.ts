/** PNG and PDF of what is drawn as SVG or HTML, by Chromium without a window: the same engine and fonts as in the page. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { execa } from "execa";
import { UserError } from "../errors.js";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const TIMEOUT_MS = 60_000;
/** Pixels of a PNG per CSS pixel: sharp on any screen. */
const PIXEL_RATIO = 2;

export interface Chromium {
  /** @param svg one chart with its width and height in CSS pixels */
  png(svg: string): Promise<Uint8Array>;
  /** One page of the chart's size; lines and texts stay what they are. */
  pdf(svg: string): Promise<Uint8Array>;
  /** A page as it is printed on A4. */
  printed(html: string): Promise<Uint8Array>;
}

/**
 * The browser that `NICBENCH_CHROMIUM` names, else the first of the usual ones.
 *
 * @throws {UserError} BROWSER_MISSING
 */
export async function findChromium(): Promise<Chromium> {
  const named = process.env["NICBENCH_CHROMIUM"];
  for (const program of named === undefined ? NAMES : [named]) {
    const { failed } = await execa(program, ["--version"], { reject: false, timeout: TIMEOUT_MS });
    if (!failed) return chromium(program);
  }
  throw new UserError(
    "BROWSER_MISSING",
    `PNG and PDF are drawn by Chromium, and ${named === undefined ? `there is none of ${NAMES.join(", ")}` : `${named} cannot be started`}.`,
    "Install it (apt-get install chromium), name it in NICBENCH_CHROMIUM, or take --format svg, which needs none.",
  );
}

function chromium(program: string): Chromium {
  return {
    png: (svg) => {
      const { width, height } = sizeOf(svg);
      const flags = [
        `--force-device-scale-factor=${PIXEL_RATIO}`,
        `--window-size=${width},${height}`,
        "--hide-scrollbars",
      ];
      return rendered(program, "png", pageOf(svg), (file) => [...flags, `--screenshot=${file}`]);
    },
    pdf: (svg) => rendered(program, "pdf", pageOf(svg), printFlags),
    printed: (html) => rendered(program, "pdf", html, printFlags),
  };
}

function printFlags(file: string): readonly string[] {
  return ["--no-pdf-header-footer", `--print-to-pdf=${file}`];
}

/** @throws {UserError} BROWSER_FAILED with its last words */
async function rendered(
  program: string,
  suffix: string,
  html: string,
  flagsFor: (file: string) => readonly string[],
): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), "nicbench-chart-"));
  try {
    const [page, file] = [join(folder, "page.html"), join(folder, `out.${suffix}`)];
    await writeFile(page, html);
    const args = [...flags(folder), ...flagsFor(file), pathToFileURL(page).href];
    const { failed, stderr, shortMessage = "" } = await execa(program, args, { reject: false, timeout: TIMEOUT_MS });
    const bytes = await readFile(file).catch(() => undefined);
    if (!failed && bytes !== undefined) return bytes;
    throw new UserError(
      "BROWSER_FAILED",
      `${program} drew nothing: ${stderr.trim().split("\n").at(-1) || shortMessage}`,
      "Name another browser in NICBENCH_CHROMIUM, or take --format svg, which needs none.",
    );
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Nothing is fetched, nothing of the user's is touched. As root, Chromium refuses its sandbox; what it reads is our own. */
function flags(folder: string): readonly string[] {
  const quiet =
    "--headless --disable-gpu --no-first-run --disable-background-networking --disable-sync --disable-extensions";
  const root = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return [...quiet.split(" "), ...root, `--user-data-dir=${join(folder, "profile")}`];
}

function sizeOf(svg: string): { readonly width: number; readonly height: number } {
  const [width, height] = ["width", "height"].map((name) => {
    const [, value = "0"] = new RegExp(`^<svg[^>]* ${name}="([\\d.]+)"`).exec(svg) ?? [];
    return Math.ceil(Number(value));
  });
  return { width: width ?? 0, height: height ?? 0 };
}

/** The margin of a printed page takes what Chromium rounds away, which else would make a second page. */
function pageOf(svg: string): string {
  const { width, height } = sizeOf(svg);
  const style = `@page { size: ${width}px ${height + 1}px; margin: 0 } body { margin: 0 } svg { display: block }`;
  const policy = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />`;
  return `<!doctype html><meta charset="utf-8" />${policy}<style>${style}</style>${svg}`;
}
