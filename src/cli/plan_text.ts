/** What `nicbench run --dry-run` prints. */
import { pointLabeller } from "../report/params.js";
import { duration } from "./progress.js";
import { columns, print } from "./terminal.js";
import type { RunPlan } from "../runner/plan.js";
import type { LoadedSuite } from "../suite/load.js";

export function printPlan(suite: LoadedSuite, plan: RunPlan, asJson: boolean): void {
  print(asJson ? JSON.stringify(planData(suite, plan), null, 2) : planText(suite, plan));
}

function planData(suite: LoadedSuite, { points, skipped, trials, seconds, seed, schedule }: RunPlan): unknown {
  const listed = points.map(({ id, params, resolved }) => ({ id, params, resolved }));
  return {
    suite: suite.name,
    seed,
    order: schedule.order,
    points: listed,
    skipped,
    trials,
    seconds,
    roles: schedule.roles,
  };
}

function planText(suite: LoadedSuite, plan: RunPlan): string {
  const { points, skipped, trials, seconds, schedule, seed } = plan;
  const label = pointLabeller(points);
  const reasons = new Map(skipped.map(({ point, reason }) => [point, reason]));
  const rows = points.map((point) => {
    const reason = reasons.get(point.id);
    return [point.id, label(point), reason === undefined ? "" : `skipped: ${reason}`];
  });
  const roles = Object.entries(schedule.roles).map(([role, { host, cpus }]) => `${role} on ${host}, ${cpuText(cpus)}`);
  return [
    suite.title,
    "",
    columns(rows.map((row) => ["  ", ...row])),
    "",
    `Points:  ${points.length - skipped.length}${skipped.length > 0 ? `, and ${skipped.length} skipped` : ""}`,
    `Trials:  ${range(trials.min, trials.max, String)}, ${repeatText(schedule.repeat)}`,
    `Order:   ${schedule.order}, seed ${seed}`,
    `Roles:   ${roles.join("; ")}`,
    `Time:    about ${range(seconds.min, seconds.max, duration)}`,
  ].join("\n");
}

function cpuText(cpus: readonly number[]): string {
  if (cpus.length === 0) return "not pinned";
  return `CPU ${cpus.join(", ")}`;
}

function repeatText({ min, max, until, forClaims = 0 }: RunPlan["schedule"]["repeat"]): string {
  const further = forClaims === 0 ? "" : `; up to ${forClaims} more where a claim is open`;
  if (until === undefined || min === max) return `${min} a point${further}`;
  return `${min} to ${max} a point, until ${until.metric} is known to within ${until.ci95 * 100} %${further}`;
}

function range(min: number, max: number, text: (value: number) => string): string {
  return min === max ? text(min) : `${text(min)} to ${text(max)}`;
}
