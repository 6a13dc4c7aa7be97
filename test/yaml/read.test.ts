import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/errors.js";
import { find, keyPlaceOf, placeOf, placeText, plain } from "../../src/yaml/located.js";
import { readYaml, type FileKind } from "../../src/yaml/read.js";

const KIND: FileKind = { noun: "suite", code: "SUITE", hint: "A hint." };
const folder = mkdtempSync(join(tmpdir(), "nicbench-yaml-"));

function write(content: string | Buffer): string {
  const file = join(folder, "file.yaml");
  writeFileSync(file, content);
  return file;
}

async function refusal(file: string): Promise<readonly [string, string]> {
  const error: unknown = await readYaml(file, KIND).catch((thrown: unknown) => thrown);
  if (!(error instanceof UserError)) throw new Error(`expected a UserError, got ${String(error)}`);
  expect(error.hint).toBeTruthy();
  return [error.code, error.message.replaceAll(folder, "")];
}

describe("readYaml", () => {
  it("keeps the line and column of every key and value", async () => {
    const node = await readYaml(write("a: 1\nb:\n  - x\n  - c: 'two words'\n"), KIND);
    expect(plain(node)).toEqual({ a: 1, b: ["x", { c: "two words" }] });
    const at = (path: (string | number)[]): string => placeText(placeOf(node, path)).replace(/.*yaml:/, "");
    expect(at(["a"])).toBe("1:4");
    expect(at(["b", 0])).toBe("3:5");
    expect(at(["b", 1, "c"])).toBe("4:8");
    expect(placeText(keyPlaceOf(node, ["b", 1, "c"]))).toMatch(/:4:5$/);
  });

  it("places a missing value at the key that should hold it", async () => {
    const node = await readYaml(write("a: 1\nouter:\n  inner: 2\n"), KIND);
    expect(placeText(placeOf(node, ["outer", "gone", "deeper"]))).toMatch(/:2:1$/);
    expect(find(node, ["outer", "gone"])).toBeUndefined();
  });

  it("reads YAML 1.2: 'no' is a text, a byte order mark is no matter, an alias repeats its anchor", async () => {
    const node = await readYaml(write("\uFEFFa: &x no\nb: *x\nc: 0o17\nd:\n"), KIND);
    expect(plain(node)).toEqual({ a: "no", b: "no", c: 15, d: null });
  });

  it.each([
    ["an empty file", "", "/file.yaml:1:1: the file is empty; a suite starts with 'nicbench: 1'"],
    ["only comments", "# nothing\n", "/file.yaml:1:1: the file is empty"],
    ["a list", "- a\n", "/file.yaml:1:1: the file holds a list, not a map"],
    ["a text", "hello\n", "/file.yaml:1:1: the file holds 'hello', not a map"],
    [
      "a duplicate key",
      "a: 1\nb: 2\na: 3\n",
      "/file.yaml:3:1: key 'a' is written twice in the same map, first at /file.yaml:1:1",
    ],
    ["a tab", "a:\n\tb: 1\n", "/file.yaml:2:1: a tab in the indentation; YAML indents with spaces"],
    ["an open bracket", "a: [1, 2\n", "wrong indentation, or a bracket or quote that is never closed"],
    ["an open quote", 'a: "x\n', "/file.yaml:"],
    ["an unknown tag", "a: !env X\n", "/file.yaml:1:4: not valid YAML: Unresolved tag: !env"],
    ["an unknown alias", "a: *b\n", "/file.yaml:1:4: there is no anchor &b before this alias"],
    ["a second document", "a: 1\n---\nb: 2\n", "/file.yaml:2:1: a second document"],
    ["a map as key", "? [a, b]\n: 1\n", "/file.yaml:1:3: a key must be a text"],
    ["an alias of itself", "a: &a [*a]\n", "nested more than 50 levels deep"],
    ["100,000 brackets", `a: ${"[".repeat(100_000)}`, "nested more than 50 levels deep"],
    ["100,000 dashes", "- ".repeat(100_000), "nested more than 50 levels deep"],
    ["60 levels", `a: ${"[".repeat(60)}${"]".repeat(60)}\n`, "nested more than 50 levels deep"],
  ])("refuses %s with its place", async (_name, text, message) => {
    const [code, told] = await refusal(write(text));
    expect(code).toBe("SUITE_INVALID");
    expect(told).toContain(message);
    expect(told.split("\n").length).toBeLessThan(5);
  });

  it("refuses a billion laughs before they fill the memory", async () => {
    const levels = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
    const lines = levels.map((name, index) => {
      const inner = index === 0 ? "ha" : `*${levels[index - 1]}`;
      return `${name}: &${name} [${Array.from({ length: 9 }, () => inner).join(", ")}]`;
    });
    const [code, message] = await refusal(write(`${lines.join("\n")}\n`));
    expect(code).toBe("SUITE_INVALID");
    expect(message).toContain("with its aliases unfolded, has more than 200000 values");
  });

  it("refuses 4 MB of values that no suite has", async () => {
    const [code] = await refusal(write(`a: [${"*b, ".repeat(1_000_000)}]\n`));
    expect(code).toBe("SUITE_INVALID");
    const many = Array.from({ length: 300_000 }, (_, index) => `k${index}: 1`).join("\n");
    expect((await refusal(write(many)))[1]).toContain("more than 200000 values");
  });

  it("refuses bytes that are no text", async () => {
    expect(await refusal(write("a: 1\0\n"))).toEqual(["SUITE_INVALID", expect.stringContaining("NUL bytes")]);
    expect(await refusal(write(Buffer.from([0x61, 0x3a, 0x20, 0xff])))).toEqual([
      "SUITE_INVALID",
      expect.stringContaining("not UTF-8"),
    ]);
  });

  it("refuses files of more than 5 MB unread", async () => {
    const [code, message] = await refusal(write(Buffer.alloc(5_000_001, "a")));
    expect(code).toBe("SUITE_UNREADABLE");
    expect(message).toContain("has 5000001 bytes; a suite has at most 5000000");
  });

  it("says what is wrong with a path", async () => {
    mkdirSync(join(folder, "sub"), { recursive: true });
    expect(await refusal(join(folder, "gone.yaml"))).toEqual(["SUITE_NOT_FOUND", "There is no suite file /gone.yaml."]);
    expect(await refusal(join(write("a: 1"), "x.yaml"))).toEqual(["SUITE_NOT_FOUND", expect.any(String)]);
    expect(await refusal(join(folder, "sub"))).toEqual(["SUITE_UNREADABLE", "/sub: is a folder."]);
    expect(await refusal("/dev/null")).toEqual(["SUITE_UNREADABLE", "/dev/null: is not a regular file."]);
  });

  it.skipIf(process.getuid?.() === 0)("says so when it may not read the file (root may read all)", async () => {
    const file = write("a: 1");
    chmodSync(file, 0);
    expect(await refusal(file)).toEqual(["SUITE_UNREADABLE", expect.stringContaining("cannot be read")]);
  });
});
