/** Test files run side by side, on a machine where others measure, so each has a lock of its own. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

process.env["NICBENCH_LOCK_FOLDER"] = mkdtempSync(join(tmpdir(), "nicbench-lock-"));
