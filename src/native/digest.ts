/** Which build of the addon this is. */
import { dirname } from "node:path";
import { filesDigest } from "../digest.js";
import { addonFiles } from "../package.js";

/** SHA-256 over the addon and the plug-ins beside it, by name, in hexadecimal. */
export function addonDigest(file: string): string {
  const folder = dirname(file);
  return filesDigest(folder, addonFiles(folder));
}
