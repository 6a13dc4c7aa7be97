/** A real browser for tests of the page: opens a report from file:// and listens to everything that it complains about. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { writeReport } from "../../src/report/write.js";
import type { ReportInput } from "../../src/report/input.js";

export const BROWSERS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** The first browser that this machine has. */
export const executablePath = BROWSERS.find((path) => existsSync(path));

const FLAGS =
  "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking " +
  "--disable-component-update --disable-sync";

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: executablePath ?? "", args: FLAGS.split(" ") });
}

export interface Opened {
  readonly page: Page;
  /** Errors and warnings of the console, errors of the page, and requests beyond the file itself. */
  readonly complaints: string[];
}

/** Opens the report, and reads down to its end until all its charts are live, unless scripts are off. */
export async function openReport(
  browser: Browser,
  directory: string,
  input: ReportInput,
  options: BrowserContextOptions = {},
): Promise<Opened> {
  const opened = await openUnread(browser, directory, input, options);
  if (options.javaScriptEnabled !== false) await readDown(opened.page);
  return opened;
}

/** Writes the report into `directory` and opens it. */
export async function openUnread(
  browser: Browser,
  directory: string,
  input: ReportInput,
  options: BrowserContextOptions = {},
): Promise<Opened> {
  const [path = ""] = await writeReport(input, join(directory, crypto.randomUUID()), ["html"]);
  const page = await (await browser.newContext(options)).newPage();
  const url = pathToFileURL(path).href;
  const complaints = listen(page, url);
  await page.goto(url);
  return { page, complaints };
}

/** Charts become live as the reader comes near. */
async function readDown(page: Page): Promise<void> {
  const attached = { timeout: 60_000, state: "attached" } as const;
  await page.waitForSelector("html[data-charts]", attached);
  for (const plot of await page.locator("figure .plot").all()) {
    await plot.scrollIntoViewIfNeeded();
    await plot.locator(".vega-embed").waitFor(attached);
  }
  await page.evaluate("scrollTo(0, 0)");
}

function listen(page: Page, url: string): string[] {
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("request", (request) => {
    if (request.url() !== url && !request.url().startsWith("data:")) complaints.push(`request: ${request.url()}`);
  });
  return complaints;
}

/** What an expression gives for each element that the selector finds; the element is `e`. */
export function each<T>(page: Page, selector: string, expression: string): Promise<T[]> {
  return page.evaluate<T[]>(`[...document.querySelectorAll(${JSON.stringify(selector)})].map((e) => ${expression})`);
}
