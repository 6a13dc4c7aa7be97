import { describe, expect, it } from "vitest";
import { formatCpuList, parseCpuList } from "../../src/testbed/cpu_list.js";

describe("CPU lists", () => {
  it.each([
    ["0", [0]],
    ["2-5,9", [2, 3, 4, 5, 9]],
    [" 0-1, 8-9 ", [0, 1, 8, 9]],
    ["", []],
  ])("'%s' is read", (text, cpus) => {
    expect(parseCpuList(text)).toEqual(cpus);
  });

  it.each(["5-2", "a", "1-", "1,,2", "-1", "1-999999999"])("'%s' is no list", (text) => {
    expect(parseCpuList(text)).toBeUndefined();
  });

  it("are written as they are read", () => {
    for (const text of ["0", "0-3", "0,2,4-6,63", "1-2,4"]) expect(formatCpuList(parseCpuList(text) ?? [])).toBe(text);
  });
});
