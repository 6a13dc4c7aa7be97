import { describe, expect, it } from "vitest";
import { excerpt, printable } from "../src/printable.js";

describe("printable text", () => {
  it.each([
    ["plain, ä, 漢字, 🙂", "plain, ä, 漢字, 🙂"],
    ["two\nlines\tand a tab", "two\nlines\tand a tab"],
    ["title \u001b]0;pwned\u0007", "title \\u001b]0;pwned\\u0007"],
    ["over\rwritten", "over\\u000dwritten"],
    ["\u009b2J", "\\u009b2J"],
    ["\u202edesrever\u2066", "\\u202edesrever\\u2066"],
    ["\u001b[31mred\u001b[39m", "\\u001b[31mred\\u001b[39m"],
  ])("of %j is %j", (text, expected) => {
    expect(printable(text)).toBe(expected);
  });

  it("keeps colours where there are some, and nothing that hides or moves", () => {
    const red = "\u001b[31mred\u001b[39m";
    expect(printable(red, { colors: true })).toBe(red);
    expect(printable("\u001b[8mhidden\u001b[2J", { colors: true })).toBe("\\u001b[8mhidden\\u001b[2J");
    expect(printable("\r[31m", { colors: true })).toBe("\\u000d[31m");
  });

  it("leaves the meaning of JSON", () => {
    const value = { text: "\u001b[31m\u009b\u202e\n\t\u2028" };
    expect(JSON.parse(printable(JSON.stringify(value)))).toEqual(value);
  });
});

describe("an excerpt", () => {
  it("is one line of bounded length", () => {
    expect(excerpt('say "a\nb"')).toBe('say "a\\nb"');
    expect(excerpt("x".repeat(100))).toBe(`${"x".repeat(57)}…`);
  });
});
