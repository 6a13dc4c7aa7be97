/** What `nicbench validate` does: the same checks as a run, and nothing else. */
import { readFile } from "node:fs/promises";
import { experiments } from "../experiments/registry.js";
import { suiteChecks } from "../paper/suite_checks.js";
import { loadSuite } from "../suite/load.js";
import { loadTestbed } from "../testbed/load.js";
import { suiteFile } from "./files.js";
import { print, warn } from "./terminal.js";

export interface ValidateFlags {
  readonly tag?: readonly string[];
  readonly set?: readonly string[];
  readonly json?: true;
}

export async function validate(name: string, flags: ValidateFlags): Promise<void> {
  const file = suiteFile(name);
  if (await isTestbed(file)) await validateTestbed(file, flags);
  else await validateSuite(file, flags);
}

/** Only a testbed has hosts; a file that cannot be read is left to the loader's message. */
async function isTestbed(file: string): Promise<boolean> {
  const text = await readFile(file, "utf8").catch(() => "");
  return /^(hosts|roles)\s*:/m.test(text);
}

async function validateTestbed(file: string, { json }: ValidateFlags): Promise<void> {
  const testbed = await loadTestbed(file);
  const hosts = Object.keys(testbed.hosts);
  const roles = Object.keys(testbed.roles);
  if (json === true) return print(JSON.stringify({ valid: true, testbed: testbed.name, hosts, roles }, null, 2));
  return print(`${file} is a valid testbed: hosts ${hosts.join(", ")}; roles ${roles.join(", ")}.`);
}

async function validateSuite(file: string, { tag = [], set = [], json }: ValidateFlags): Promise<void> {
  const { name, points, tags, warnings } = await loadSuite(file, {
    experiments,
    ...(await suiteChecks()),
    tags: tag,
    set,
  });
  if (json === true)
    return print(JSON.stringify({ valid: true, suite: name, points: points.length, tags, warnings }, null, 2));
  for (const warning of warnings) warn(warning);
  return print(
    `${file} is a valid suite: ${points.length} points${tags.length > 0 ? `; tags ${tags.join(", ")}` : ""}.`,
  );
}
