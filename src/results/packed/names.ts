/** What a packed run is made of: the one list that packing writes and unpacking accepts. */
import { basename } from "node:path";

/** A gzipped tar archive (POSIX.1-2001 pax) of one run directory, which any tar(1) can unpack. */
export const PACKED_SUFFIX = ".run.tar.gz";

/** Far beyond any run; what is larger is refused on both sides. */
export const MAX_BYTES = 4 * 1024 ** 3;
export const MAX_FILES = 10_000;

/** No file of a run is hidden, and none is deeper than this. */
const FILE = /^(?:(?:latency|logs)\/)?[^/.\\\0][^/\\\0]*$/;

/** Of no use to anybody else: who writes the run. */
const PRIVATE = /^lock(\..*)?$|\.part$/;

/** @param path relative to the run directory, with slashes */
export function isRunFile(path: string): boolean {
  return FILE.test(path) && !PRIVATE.test(path);
}

export function isPacked(name: string): boolean {
  return basename(name).endsWith(PACKED_SUFFIX);
}
