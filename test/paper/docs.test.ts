import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { claimsJsonSchema, parseClaims } from "../../src/paper/language/claim.js";
import { listReferences } from "../../src/paper/reference/load.js";
import { yaml } from "./run.js";

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
const guide = read("docs/claims.md");
const rows = [...guide.matchAll(/^\| `(\w+)`(?:, `(\w+)`, `(\w+)`)? \| .* \| `(.+)` \|$/gm)];

describe("the guide to claims", () => {
  it("has a row for every operator", () => {
    const definitions = claimsJsonSchema()["$defs"] as Record<string, { readonly properties: object }>;
    const documented = rows.flatMap(([, ...names]) => names.slice(0, 3).filter(Boolean));
    expect(documented.sort()).toEqual(Object.keys(definitions["expect"]?.properties ?? {}).sort());
  });

  it.each(rows.map(([, name, , , example]) => [name ?? "", example ?? ""]))(
    "has a valid example of %s",
    (_, example) => {
      const filled = example.replaceAll("{ … }", "{ untestable: example }");
      expect(parseClaims([{ id: "X1", says: "example", expect: yaml(filled) }])).toHaveLength(1);
    },
  );

  it("starts with a suite's claims as they are written", () => {
    const [, block = ""] = /```yaml\n([\s\S]+?)```/.exec(guide) ?? [];
    const { claims } = yaml(block) as { readonly claims: unknown };
    expect(parseClaims(claims)).toMatchObject([{ id: "HP04", where: { cores: 1 } }]);
  });
});

describe("the guide to papers", () => {
  it("names every published table, and no other", async () => {
    const named = [...read("docs/papers.md").matchAll(/`((?:hpsr21|pam21)\/\w+)`/g)].map(([, name]) => name);
    expect([...new Set(named)].sort()).toEqual(await listReferences());
  });

  it("has every table in the README of the series", async () => {
    const readme = read("suites/reference/README.md");
    for (const name of await listReferences()) expect(readme).toContain(`${name.split("/")[1] ?? ""}.csv`);
  });
});
