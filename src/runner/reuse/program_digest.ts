/** Which code this nicbench is: the version alone does not tell builds of one version apart. */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { filesDigest } from "../../digest.js";

/** `dist/` where nicbench is installed, `src/` in its tests. */
const CODE = fileURLToPath(new URL("../..", import.meta.url));

/** SHA-256 over all modules, by path, in hexadecimal. */
export function programDigest(): string {
  const names = readdirSync(CODE, { recursive: true, encoding: "utf8" });
  return filesDigest(
    CODE,
    names.filter((name) => /\.(m?js|ts)$/.test(name)),
  );
}
