import { describe, expect, it } from "vitest";
import {
  createSchedule,
  MAX_FAILED,
  type PastTrial,
  type ScheduleInput,
  type Task,
} from "../../src/runner/schedule.js";
import { shuffledOrder } from "../../src/runner/order.js";

const POINTS = ["a", "b", "c", "d"];

function input(changes: Partial<ScheduleInput["rule"]> = {}, skipped: readonly string[] = []): ScheduleInput {
  const rule = { order: "interleaved", repeat: { min: 3, max: 3 }, ...changes } as const;
  return { points: POINTS, skipped: new Set(skipped), rule, seed: 7 };
}

type Outcome = Partial<Pick<PastTrial, "status" | "flags" | "metrics">>;

const ok: Outcome = { status: "ok" };
const failed: Outcome = { status: "failed", flags: ["agent-died"] };
const stolen: Outcome = { status: "suspect", flags: ["stolen-cpu"] };

/** Runs a schedule to its end; `outcome` decides each trial. */
function play(
  settings: ScheduleInput,
  outcome: (task: Task, point: string) => Outcome = () => ok,
  history: readonly PastTrial[] = [],
  limit = Infinity,
): readonly PastTrial[] {
  const schedule = createSchedule(settings, history);
  const trials: PastTrial[] = [];
  for (let task = schedule.next(); task !== undefined && trials.length < limit; task = schedule.next()) {
    const point = settings.points[task.index] ?? "";
    const { repetition, attempt } = task;
    const trial = {
      point,
      repetition,
      attempt,
      status: "ok",
      flags: [],
      metrics: {},
      ...outcome(task, point),
    } as const;
    schedule.record(trial);
    trials.push(trial);
    expect(trials.length).toBeLessThan(10_000);
  }
  return trials;
}

const names = (trials: readonly PastTrial[]): readonly string[] =>
  trials.map(({ point, repetition, attempt }) => `${point}${repetition}${attempt > 0 ? `+${attempt}` : ""}`);

describe("a schedule of good trials", () => {
  it("gives every point one trial a round, in the round's own order", () => {
    const trials = play(input());
    const rounds = [0, 1, 2].flatMap((round) => shuffledOrder(4, 7, round).map((index) => `${POINTS[index]}${round}`));
    expect(names(trials)).toEqual(rounds);
  });

  it("takes one point after the other if asked to", () => {
    expect(names(play(input({ order: "sequential", repeat: { min: 2, max: 2 } })))).toEqual(
      POINTS.flatMap((point) => [`${point}0`, `${point}1`]),
    );
  });

  it("leaves skipped points out, and the others in their order", () => {
    const trials = names(play(input({}, ["b"])));
    expect(trials).toEqual(names(play(input())).filter((name) => !name.startsWith("b")));
  });

  it("ends a point when it is known well enough, and goes on with the others", () => {
    const repeat = { min: 2, max: 10, until: { metric: "forwarding_rate", ci95: 0.05 } };
    const noisy = (task: Task, point: string): Outcome => {
      const value = point === "a" ? 100 + 60 * (task.repetition % 2) : 100 + (task.repetition % 2);
      return { metrics: { forwarding_rate: value } };
    };
    const trials = play(input({ repeat }), noisy);
    const counts = POINTS.map((name) => trials.filter(({ point }) => point === name).length);
    expect(counts).toEqual([10, 6, 6, 6]);
  });

  it("counts what is done and what is expected, and both agree at the end", () => {
    const schedule = createSchedule(input());
    expect(schedule.progress()).toEqual({ done: 0, expected: 12 });
    const history = play(input());
    expect(createSchedule(input(), history.slice(0, 5)).progress()).toEqual({ done: 5, expected: 12 });
    expect(createSchedule(input(), history).progress()).toEqual({ done: 12, expected: 12 });
  });
});

describe("a schedule with suspect trials", () => {
  it("runs a suspect trial again at the end of its round", () => {
    const trials = names(
      play(input(), (task, point) => (point === "b" && task.repetition === 0 && task.attempt === 0 ? stolen : ok)),
    );
    expect(trials).toHaveLength(13);
    expect(trials.slice(0, 4)).toContain("b0");
    expect(trials[4]).toBe("b0+1");
  });

  it("does not fight what does not pass: the same doubt twice in a row is accepted for the point", () => {
    const trials = play(input(), (_, point) => (point === "b" ? stolen : ok));
    expect(names(trials).filter((name) => name.startsWith("b"))).toEqual(["b0", "b0+1", "b1", "b2"]);
  });

  it("spends at most a quarter of the planned trials on running again", () => {
    let n = 0;
    const changing = (): Outcome => ({ status: "suspect", flags: [`doubt-${(n += 1)}`] });
    const trials = play(input(), changing);
    expect(trials).toHaveLength(12 + 3);
    expect(trials.every(({ attempt }) => attempt <= 2)).toBe(true);
  });
});

describe("a schedule with failed trials", () => {
  it("runs a failed trial again, so that the point still gets all its repetitions", () => {
    const trials = play(input(), (task, point) =>
      point === "c" && task.repetition === 1 && task.attempt === 0 ? failed : ok,
    );
    expect(trials.filter(({ status }) => status === "ok")).toHaveLength(12);
    expect(trials.filter(({ status }) => status === "failed")).toHaveLength(1);
  });

  it("gives a point up that keeps failing, and finishes the others", () => {
    const settings = input();
    const trials = play(settings, (_, point) => (point === "c" ? failed : ok));
    expect(names(trials).filter((name) => name.startsWith("c"))).toEqual(["c0", "c0+1", "c0+2"]);
    expect(MAX_FAILED).toBe(3);
    expect(trials.filter(({ status }) => status === "ok")).toHaveLength(9);
    const schedule = createSchedule(settings, trials);
    expect(POINTS.filter((point) => schedule.isGivenUp(point))).toEqual(["c"]);
    expect(schedule.progress()).toEqual({ done: 9, expected: 9 });
  });
});

describe("a resumed schedule", () => {
  /** Every kind of outcome, decided by the trial alone. */
  const mixed = ({ repetition, attempt }: Task, point: string): Outcome => {
    const dice = (point.charCodeAt(0) * 7 + repetition * 3 + attempt * 5) % 6;
    const metrics = { forwarding_rate: 100 + ((dice * 17) % 11) };
    if (dice === 0) return { ...failed, metrics: {} };
    return dice === 1 ? { ...stolen, metrics } : { metrics };
  };
  const repeat = { min: 3, max: 9, until: { metric: "forwarding_rate", ci95: 0.06 } };

  it.each(["interleaved", "sequential"] as const)(
    "goes on after any trial with the %s plan, and repeats none",
    (order) => {
      const settings = input({ order, repeat });
      const whole = play(settings, mixed);
      expect(whole.length).toBeGreaterThan(20);
      for (let cut = 0; cut <= whole.length; cut += 1) {
        const before = whole.slice(0, cut);
        const after = play(settings, mixed, before);
        expect([...names(before), ...names(after)].toSorted()).toEqual(names(whole).toSorted());
      }
    },
  );

  it("has nothing to do after the end", () => {
    const settings = input({ repeat });
    expect(play(settings, mixed, play(settings, mixed))).toEqual([]);
  });
});

describe("a schedule that claims ask for more", () => {
  const rule = { order: "interleaved", repeat: { min: 2, max: 2, forClaims: 2 } } as const;

  /** Trials of a schedule that is extended by these points whenever it is through. */
  const extended = (open: readonly string[], history: readonly PastTrial[] = []): readonly string[] => {
    const schedule = createSchedule({ ...input(), rule }, history);
    const trials: PastTrial[] = [];
    do {
      for (let task = schedule.next(); task !== undefined; task = schedule.next()) {
        const point = POINTS[task.index] ?? "";
        const trial = { ...task, point, status: "ok", flags: [], metrics: {} } as const;
        schedule.record(trial);
        trials.push(trial);
      }
    } while (schedule.extend(new Set(open)));
    return names(trials);
  };

  it("adds repetitions of those points alone, as many as the rule allows", () => {
    expect(extended([])).toHaveLength(8);
    expect(extended(["b"]).slice(8)).toEqual(["b2", "b3"]);
    expect([...extended(["b", "d"]).slice(8)].sort()).toEqual(["b2", "b3", "d2", "d3"]);
  });

  it("goes on where it stopped when it is resumed", () => {
    const past = (point: string, count: number): PastTrial[] =>
      Array.from({ length: count }, (_, repetition) => {
        return { point, repetition, attempt: 0, status: "ok", flags: [], metrics: {} } as const;
      });
    const history = POINTS.flatMap((point) => past(point, point === "b" ? 3 : 2));
    expect(extended(["b"], history)).toEqual(["b3"]);
  });
});
