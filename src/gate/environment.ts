/** What two sets of samples were measured with, and where that differs. */
import { flatten } from "../flat.js";
import type { ParamValue, RunManifest } from "../results/model.js";

/** Host facts, build of the addon, versions, commit and testbed, as texts. */
export function environmentOf({
  hosts,
  conditions = {},
  native,
  versions,
  git,
  testbed,
}: RunManifest): Readonly<Record<string, string>> {
  const commit = "commit" in git ? `${git.commit}${git.dirty ? ", with uncommitted changes" : ""}` : "unavailable";
  const facts = Object.entries({
    ...prefixed("version", flatten(versions)),
    ...Object.assign({}, ...Object.entries(native).map(([host, build]) => prefixed(`${host}.addon`, scalars(build)))),
    ...prefixed("", flatten(hosts)),
    ...prefixed("", flatten(conditions)),
  } as Readonly<Record<string, unknown>>);
  return { testbed: testbed.name, commit, ...Object.fromEntries(facts.map(([name, value]) => [name, String(value)])) };
}

export interface Difference {
  readonly name: string;
  /** One text a set; `–` where it does not tell. */
  readonly values: readonly string[];
}

/** The names on which the sets are not agreed, in the order of the first. */
export function differences(sets: readonly Readonly<Record<string, ParamValue>>[]): readonly Difference[] {
  const names = [...new Set(sets.flatMap((set) => Object.keys(set)))];
  return names
    .map((name) => ({ name, values: sets.map((set) => String(set[name] ?? "–")) }))
    .filter(({ values }) => new Set(values).size > 1);
}

/** Whether a difference means another machine, so that numbers may differ without any change to what is measured. */
export function isOtherMachine({ name }: Difference): boolean {
  return /\.(hostname|cpuModel|cpus|numaNodes|kernel|governor|smt|hypervisor|arch)$/.test(name) || name === "testbed";
}

/** The addon's lists, such as its tables, say nothing of the machine; the measured clock rate is never twice the same. */
function scalars(build: unknown): Readonly<Record<string, unknown>> {
  const entries = Object.entries(flatten(build));
  return Object.fromEntries(
    entries.filter(([path]) => !path.includes(".") && path !== "available" && path !== "tscHz"),
  );
}

function prefixed(prefix: string, facts: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [prefix === "" ? name : `${prefix}.${name}`, value]),
  );
}
