/** Several control threads: how long they took together. */
import { describe, expect, it } from "vitest";
import { secondsOf } from "../../../src/agent/classifiers/classifier.js";
import { lengthOfUnion, together } from "../../../src/agent/classifiers/together.js";

describe("the time of several threads", () => {
  it.each([
    [[], 0],
    [[[1, 3]], 2],
    [
      [
        [1, 3],
        [2, 5],
      ],
      4,
    ],
    [
      [
        [6, 7],
        [1, 4],
        [2, 3],
        [4, 5],
      ],
      5,
    ],
  ])("is that in which at least one was at work: %j", (spans, length) =>
    expect(lengthOfUnion(spans.map(([start = 0, end = 0]) => ({ start, end })))).toBe(length),
  );

  it("is of batches that each hands over one after another, while the others do so too", async () => {
    const under = { way: 0, most: 0 };
    const [one, other] = ["one", "other"].map(() => {
      let mine = 0;
      const work = async (): Promise<void> => {
        expect(++mine).toBe(1);
        under.most = Math.max(under.most, ++under.way);
        await new Promise((resolve) => setImmediate(resolve));
        [mine, under.way] = [mine - 1, under.way - 1];
      };
      return { prepare: () => () => secondsOf(work) };
    });
    if (one === undefined || other === undefined) throw new Error("there are two");
    const times = await together([one, other])([[[], []], [[]]])();
    expect(times.each.map((each) => each.length)).toEqual([2, 1]);
    expect(under).toEqual({ way: 0, most: 2 });
  });

  it("ends with the error of any", async () => {
    const bad = { prepare: () => () => Promise.reject(new Error("no room")) };
    const good = { prepare: () => () => Promise.resolve(1) };
    await expect(together([good, bad])([[[]], [[]]])()).rejects.toThrow("no room");
  });
});
