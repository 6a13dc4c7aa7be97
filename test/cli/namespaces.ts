/** Network namespaces as hosts, inside a network namespace of the test's own. */
import { execaSync } from "execa";
import { existsSync } from "node:fs";
import { addonFile } from "../../src/native/addon.js";
import { hasSshd } from "../testbed/ssh/server.js";

/** Starts a program where no other run's interfaces are. */
export const PRIVATE = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$0" "$@"'];

/** It takes the addon, root, ip and sshd. */
export const hasNamespaces =
  hasSshd && existsSync(addonFile) && execaSync("unshare", ["--net", "ip", "link"], { reject: false }).exitCode === 0;
