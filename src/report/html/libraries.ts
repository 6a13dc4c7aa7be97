/** The drawing libraries as their packages ship them for `<script>`, so that a report needs no network. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { messageOf, UserError } from "../../errors.js";

const LIBRARIES = ["vega", "vega-lite", "vega-embed"] as const;

/**
 * Sources in the order in which they must run.
 *
 * @throws {UserError} `REPORT_LIBRARY_MISSING` if a package is not installed as npm installs it
 */
export async function librarySources(): Promise<readonly string[]> {
  return Promise.all(LIBRARIES.map(librarySource));
}

async function librarySource(name: string): Promise<string> {
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    return await readFile(join(dirname(entry), `${name}.min.js`), "utf8");
  } catch (error) {
    throw new UserError(
      "REPORT_LIBRARY_MISSING",
      `The browser build of ${name} could not be read: ${messageOf(error)}`,
      "Install the packages again: npm ci",
      { cause: error },
    );
  }
}
