/** Texts of a suite file that try to be commands, options, paths or markup, in each field in turn. */
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { schemaOf } from "../../src/cli/schema_command.js";
import { UserError } from "../../src/errors.js";
import { experiments } from "../../src/experiments/registry.js";
import { packageRoot } from "../../src/package.js";
import { suiteChecks } from "../../src/paper/suite_checks.js";
import { loadSuite } from "../../src/suite/load.js";
import { INJECTIONS, keysIn, textsIn, withKey, withText, type Path } from "../hostile_texts.js";
import { textsOfSchema } from "./schema_texts.js";

type Suite = Readonly<Record<string, unknown>> & { readonly experiment: string };

const folder = join(packageRoot, "suites");

/** With absolute paths of captures, the shortest first. */
function shippedSuites(): readonly Suite[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".yaml"));
  const texts = names.map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }));
  return texts
    .sort((a, b) => a.text.length - b.text.length)
    .map(({ name, text }) => withCaptures(parse(text) as Suite, dirname(join(folder, name))));
}

function withCaptures(suite: Suite, from: string): Suite {
  const captures = textsIn(suite).filter((path) => path.at(-1) === "pcap");
  return captures.reduce<Suite>((all, path) => withText(all, path, resolve(from, textAt(all, path))) as Suite, suite);
}

function textAt(value: unknown, path: Path): string {
  return String(path.reduce<unknown>((parent, key) => (parent as Record<string | number, unknown>)[key], value));
}

const SUITES = shippedSuites();
const CHECKS = await suiteChecks();

/** Maps whose keys are names. */
const RECORDS = ["where", "of", "to", "pick", "metrics", "parameters", "timeouts"];

/**
 * `plots.*.title`, `with.table of conntrack`: a parameter has one place, wherever a suite gives it its value. Traffic and
 * searches are the same for all experiments, tags change what stands elsewhere, and claims may be within claims.
 */
function placeOf({ experiment }: Suite, path: Path): string {
  const [section = "", ...rest] = path[0] === "tags" && path.length > 2 ? path.slice(2) : path;
  const [first = "", second, ...inner] = rest;
  if (section !== "matrix") return parameterPlace(experiment, [section, ...rest]);
  if (first === "exclude") return "matrix.exclude";
  if (first === "include") return parameterPlace(experiment, ["with", ...inner]);
  if (typeof second === "string") return general([section, "*", second, ...inner]);
  const axis = String(first).split(".");
  return parameterPlace(experiment, [...(axis[0] === "traffic" ? [] : ["with"]), ...axis, ...inner]);
}

function parameterPlace(experiment: string, path: Path): string {
  return path[0] === "with" && path[1] !== "search" ? `${general(path)} of ${experiment}` : general(path);
}

function general(path: Path): string {
  const keys = path.map((key, index) => {
    return typeof key === "number" || RECORDS.includes(String(path[index - 1])) ? "*" : key;
  });
  return keys.join(".").replace(/\b(all|any)\.\*\./, "");
}

/** A path of a suite that has the place, or could have it. */
type Places = Map<string, readonly [Suite, Path]>;

function addPlaces(places: Places, suite: Suite, paths: readonly Path[]): void {
  for (const path of paths) {
    const place = placeOf(suite, path);
    if (!places.has(place)) places.set(place, [suite, path]);
  }
}

/** Where shipped suites have texts, and where `nicbench schema suite` says that a suite may have one. */
function textPlaces(): Places {
  const places: Places = new Map();
  for (const suite of SUITES) addPlaces(places, suite, textsIn(suite));
  const { allOf, ...whole } = schemaOf("suite") as JsonSchema;
  for (const { if: condition, then } of allOf as readonly Branch[]) {
    const suite = SUITES.find(({ experiment }) => experiment === condition.properties.experiment.const);
    if (suite !== undefined) addPlaces(places, suite, textsOfSchema({ ...then, $defs: whole["$defs"] }));
  }
  const [first] = SUITES;
  if (first !== undefined) addPlaces(places, first, textsOfSchema(whole));
  return places;
}

type JsonSchema = Readonly<Record<string, unknown>>;
interface Branch {
  readonly if: { readonly properties: { readonly experiment: { readonly const: string } } };
  readonly then: JsonSchema;
}

const file = join(mkdtempSync(join(tmpdir(), "nicbench-hostile-")), "suite.yaml");

/** A place in the file, and a sentence that no text in it can lengthen, break, or give orders to a terminal with. */
const PROBLEM = /^( {2})?(\/\S+suite\.yaml:\d+:\d+: |… and \d+ more)[^\p{Cc}\u202e]{0,1500}$/u;

async function isTaken(suite: unknown, tags: readonly string[]): Promise<boolean> {
  await writeFile(file, stringify(suite));
  try {
    await loadSuite(file, { experiments, ...CHECKS, tags });
    return true;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.code).toBe("SUITE_INVALID");
    const problems = error.message.replace(/^\d+ problems in .*:\n/, "").split("\n");
    for (const problem of problems) expect(problem).toMatch(PROBLEM);
    return false;
  }
}

/** Places that take any of the texts. */
async function freePlaces(places: Places, put: typeof withText): Promise<readonly string[]> {
  const free: string[] = [];
  for (const [place, [suite, path]] of places) {
    const tags = path[0] === "tags" && path.length > 2 ? [String(path[1])] : [];
    let taken = false;
    for (const injection of INJECTIONS) taken = (await isTaken(put(suite, path, injection), tags)) || taken;
    if (taken) free.push(place);
  }
  return free.sort();
}

describe("a suite file", { timeout: 600_000 }, () => {
  it("takes texts of any kind only where they are shown or compared", async () => {
    // Tables and wires are looked up on the host (test/cli/hostile_suite.test.ts); the burst there is what the matrix says.
    expect(await freePlaces(textPlaces(), withText)).toMatchInlineSnapshot(`
      [
        "claims.*.expect.knee.where.*",
        "claims.*.expect.knee.where.*.*",
        "claims.*.expect.monotone.where.*",
        "claims.*.expect.monotone.where.*.*",
        "claims.*.expect.monotone.where.*.from",
        "claims.*.expect.monotone.where.*.to",
        "claims.*.expect.order.where.*",
        "claims.*.expect.order.where.*.from",
        "claims.*.expect.ratio.of.*",
        "claims.*.expect.ratio.to.*",
        "claims.*.expect.ratio.to.*.highest.*",
        "claims.*.expect.ratio.where.*",
        "claims.*.expect.ratio.where.*.*",
        "claims.*.expect.ratio.where.*.not.*",
        "claims.*.expect.within.where.*",
        "claims.*.id",
        "claims.*.says",
        "claims.*.where.*",
        "claims.*.where.*.from",
        "claims.*.where.*.not.*",
        "description",
        "gate.*.where.*",
        "matrix.exclude",
        "paper.figure",
        "paper.id",
        "plots.*.description",
        "plots.*.reference.pick.*",
        "plots.*.reference.pick.*.*",
        "plots.*.reference.y",
        "plots.*.title",
        "plots.*.where.*",
        "title",
        "with.burst of forwarding",
        "with.metrics.*.description of command",
        "with.metrics.*.title of command",
        "with.parameters.*.description of command",
        "with.table of conntrack",
        "with.table of gateway",
        "with.table of hashtable",
        "with.tester_wire of forwarding",
        "with.wire of forwarding",
        "with.wire of rules.occupancy",
        "with.wire of rules.storm",
      ]
    `);
  });

  it("takes such keys only where they are shown or compared", async () => {
    const places: Places = new Map();
    for (const suite of SUITES) addPlaces(places, suite, keysIn(suite));
    expect(await freePlaces(places, withKey)).toMatchInlineSnapshot(`
      [
        "plots.*.reference.pick.*",
      ]
    `);
  });
});
