import { homedir } from "node:os";
import { join } from "node:path";

/** Where this user's files of one kind are kept between commands, by the XDG Base Directory Specification. */
export function cacheFolder(kind: string): string {
  const { XDG_CACHE_HOME } = process.env;
  const cache = XDG_CACHE_HOME === undefined || XDG_CACHE_HOME === "" ? join(homedir(), ".cache") : XDG_CACHE_HOME;
  return join(cache, "nicbench", kind);
}
