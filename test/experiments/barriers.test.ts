import { describe, expect, it } from "vitest";
import { createBarriers } from "../../src/experiments/barriers.js";

const TWO = { count: 2, timeoutSeconds: 100 };

function clock() {
  let now = 0;
  return { now: () => now, pass: (seconds: number) => (now += seconds) };
}

describe("a barrier", () => {
  it("opens when as many roles as expected have come, and tells who waited for whom", async () => {
    const { now, pass } = clock();
    const barriers = createBarriers(now);
    const order: string[] = [];
    const come = (role: string) => barriers.arrive("ready", role, { ...TWO, count: 3 }).then(() => order.push(role));
    const first = come("a");
    pass(2);
    const second = come("b");
    pass(1);
    await Promise.resolve();
    expect(order).toEqual([]);
    await Promise.all([first, second, come("c")]);
    expect(order.toSorted()).toEqual(["a", "b", "c"]);
    expect(barriers.waits()).toEqual([
      { barrier: "ready", role: "a", for: "c", seconds: 3 },
      { barrier: "ready", role: "b", for: "c", seconds: 1 },
    ]);
  });

  it("is one of many, each with a name, and can be used again", async () => {
    const barriers = createBarriers(() => 0);
    const one = barriers.arrive("one", "a", TWO);
    const other = barriers.arrive("other", "b", TWO);
    await Promise.all([one, barriers.arrive("one", "c", TWO)]);
    await Promise.all([other, barriers.arrive("other", "c", TWO)]);
    await Promise.all([barriers.arrive("one", "a", TWO), barriers.arrive("one", "b", TWO)]);
    expect(barriers.waits().map(({ barrier, role, for: last }) => `${barrier}: ${role} for ${last}`)).toEqual([
      "one: a for c",
      "other: b for c",
      "one: a for b",
    ]);
  });

  it("keeps nobody when one is late", async () => {
    const barriers = createBarriers();
    const elsewhere = barriers.arrive("other", "c", TWO);
    const late = barriers.arrive("ready", "a", { count: 3, timeoutSeconds: 0.01 });
    await expect(late).rejects.toMatchObject({
      code: "BARRIER_TIMEOUT",
      message: "Only 1 of 3 roles came to 'ready' within 0.01 s: 'a'.",
    });
    await expect(elsewhere).rejects.toMatchObject({ code: "BARRIER_TIMEOUT" });
  });

  it("keeps nobody once one has given up, for the first reason", async () => {
    const barriers = createBarriers();
    const waiting = barriers.arrive("ready", "a", TWO);
    barriers.abort(new Error("first"));
    barriers.abort(new Error("second"));
    await expect(waiting).rejects.toThrow("first");
    await expect(barriers.arrive("ready", "b", TWO)).rejects.toThrow("first");
    expect(barriers.waits()).toEqual([]);
  });
});
