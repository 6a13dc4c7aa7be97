/** Names that people type, to files. */
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { packageRoot } from "../package.js";

/** A suite by path, or one that ships by path or name: `quickstart`. An unknown name is left as it is. */
export function suiteFile(name: string): string {
  const places = [
    name,
    join(packageRoot, name),
    join(packageRoot, "suites", name),
    join(packageRoot, "suites", `${name}.yaml`),
  ];
  return places.find((file) => /\.ya?ml$/.test(file) && existsSync(file)) ?? name;
}

/** The shorter of the path from here and the whole path. */
export function shown(file: string): string {
  const short = relative(process.cwd(), file);
  return short !== "" && short.length < file.length ? short : file;
}
