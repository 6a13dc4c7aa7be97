import { execaSync } from "execa";
import { describe, expect, it } from "vitest";
import { shellLine, shellWords } from "../src/shell.js";

describe("words of a line", () => {
  it.each([
    ["iperf3 -c  198.18.0.2\t--json", ["iperf3", "-c", "198.18.0.2", "--json"]],
    [`a 'b c' "d e" f\\ g`, ["a", "b c", "d e", "f g"]],
    [`one'two'"three"\\ four`, ["onetwothree four"]],
    [`"a \\"b\\" \\$c" '' `, ['a "b" $c', ""]],
    ["a; rm -rf $(b) | c > d && e", ["a;", "rm", "-rf", "$(b)", "|", "c", ">", "d", "&&", "e"]],
    ["", []],
  ])("of %j are those of a shell that expands nothing", (line, words) => {
    expect(shellWords(line)).toEqual(words);
  });

  it.each(["a 'b", 'a "b', "a \\"])("do not exist where a quote is open: %j", (line) => {
    expect(shellWords(line)).toBeUndefined();
  });

  it("are what a shell makes of a quoted line, and what we make of it", () => {
    const words = ["plain", "two words", "it's", '"', "$HOME", "`id`", "a\\b", "x;y", "*", ""];
    const line = shellLine(words);
    expect(shellWords(line)).toEqual(words);
    expect(execaSync("sh", ["-c", `printf '%s\\n' ${line}`], { stripFinalNewline: false }).stdout).toBe(
      `${words.join("\n")}\n`,
    );
  });
});
