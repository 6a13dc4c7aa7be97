/** Progress of a run, on stderr: a live display on terminals, plain lines elsewhere. */
import { createLogUpdate } from "log-update";
import { formatQuantity } from "../units.js";
import { pointLabeller } from "../report/params.js";
import { colorsFor, harmless, tell } from "./terminal.js";
import type { Colors } from "./terminal.js";
import type { PlannedPoint, TrialRecord, Unit } from "../results/model.js";
import type { Progress, RunEvent, RunListener } from "../runner/events.js";
import type { RunPlan } from "../runner/plan.js";

/**
 * Renders events. The live display is drawn when something happens and at no other time: a clock that ticks
 * would take CPU time from the trial that it waits for.
 */
export function progressDisplay(stream: NodeJS.WriteStream = process.stderr): RunListener {
  const drawable = stream.isTTY && stream.columns > 0 && stream.rows > MIN_ROWS;
  return drawable ? liveDisplay(stream) : plainDisplay();
}

/** Bar, current trial, last result. */
const MIN_ROWS = 3;

/** Warnings and failures only. */
export function quietDisplay(): RunListener {
  const colors = colorsFor(process.stderr);
  return (event) => {
    if (event.type === "warning") tell(`${colors.yellow("warning:")} ${event.message}`);
  };
}

export function plainDisplay(
  write: (line: string) => void = tell,
  colors: Colors = colorsFor(process.stderr),
): RunListener {
  const words = wording(colors);
  return (event) => {
    for (const line of words.lines(event)) write(line);
  };
}

function liveDisplay(stream: NodeJS.WriteStream): RunListener {
  const colors = colorsFor(stream);
  const words = wording(colors);
  const log = createLogUpdate(stream);
  let progress: Progress = { done: 0, expected: 0, secondsLeft: 0 };
  let now = "";
  let last = "";
  return (event) => {
    if ("progress" in event) progress = event.progress;
    if (event.type === "run-end") return log.clear();
    const lines = words.lines(event);
    if (event.type === "trial-end" && event.trial.status === "ok") last = lines.join("\n");
    else if (lines.length > 0) log.persist(harmless(lines.join("\n"), stream));
    if (event.type === "trial-start") now = words.task(event);
    const parts = [bar(progress, stream.columns, colors), now && `  now   ${now}`, last && `  last  ${last}`];
    log(harmless(parts.filter(Boolean).join("\n"), stream));
    return undefined;
  };
}

type TrialStart = Extract<RunEvent, { type: "trial-start" }>;

/** Sentences for events; what a run is about is known from its first event on. */
function wording(colors: Colors) {
  let label: (point: PlannedPoint) => string = ({ id }) => id;
  let plan: RunPlan | undefined;
  const task = ({ point, repetition, attempt }: Omit<TrialStart, "type">): string => {
    const again = attempt > 0 ? ", again" : "";
    return `${label(point)}${colors.dim(`, trial ${repetition + 1}${again}`)}`;
  };
  const lines = (event: RunEvent): readonly string[] => {
    switch (event.type) {
      case "run-start":
        plan = event.plan;
        label = pointLabeller(plan.points);
        return [startLine(event.runDirectory, event.progress)];
      case "skip":
        return [`${colors.yellow("skipped")} ${label(event.point)}: ${event.skip.reason}`];
      case "trial-end": {
        const { done, expected } = event.progress;
        const place = colors.dim(`[${String(done).padStart(String(expected).length)}/${expected}]`);
        const outcome = outcomeOf(event.trial, plan, colors);
        return [`${place} ${task({ ...event.trial, point: event.point })}: ${outcome}`];
      }
      case "point-given-up":
        return [`${colors.red("given up")} ${label(event.point)}: ${event.reason}`];
      case "warning":
        return [`${colors.yellow("warning:")} ${event.message}`];
      case "stopping":
        return ["stopping: the current trial ends, finished ones are kept; Ctrl-C again stops at once"];
      default:
        return [];
    }
  };
  return { lines, task };
}

function startLine(directory: string, { done, expected, secondsLeft }: Progress): string {
  const already = done > 0 ? `, ${done} of them done` : "";
  return `${expected} trials${already}, about ${duration(secondsLeft)}; into ${directory}`;
}

function outcomeOf({ status, metrics, reason = "" }: TrialRecord, plan: RunPlan | undefined, colors: Colors): string {
  const main = plan?.metrics.find(({ name }) => name === plan.experiment.primaryMetric) ?? plan?.metrics[0];
  const unit: Unit = main?.unit ?? "count";
  const value = metrics[main?.name ?? ""];
  const result = value === undefined ? "" : formatQuantity(value, unit);
  if (status === "ok") return result;
  if (status === "failed") return `${colors.red("failed")}: ${reason}`;
  return `${result} ${colors.yellow("suspect")}: ${reason}`;
}

const BAR_CELLS = 30;

function bar({ done, expected, secondsLeft }: Progress, width: number, colors: Colors): string {
  const cells = Math.max(5, Math.min(BAR_CELLS, width - 40));
  const full = expected === 0 ? 0 : Math.floor((done / expected) * cells);
  const drawn = `${colors.cyan("█".repeat(full))}${colors.dim("░".repeat(cells - full))}`;
  return `${drawn} ${done}/${expected} trials, ${duration(secondsLeft)} left`;
}

/** `45 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.round((whole % 3600) / 60)} min`;
}
