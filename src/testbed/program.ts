/** A program that is not ours in a role of the testbed: how it is started, known to be ready, stopped, and read. */

export interface ProgramSpec {
  /** Program and arguments, with `${name}` for parameters; never given to a shell. */
  readonly start: readonly string[];
  /** Added to the agent's own. */
  readonly environment: Readonly<Record<string, string>>;
  /** Working directory; the agent's unless given. */
  readonly directory?: string;
  /** Without it, the program is ready when it has been started. */
  readonly ready?: ReadyRule;
  readonly stop: StopRule;
  /** It ends when its work is done; any other runs until it is stopped. */
  readonly endsItself: boolean;
  /** By name, which is that of the metric that a suite makes of it. */
  readonly results: Readonly<Record<string, ResultSpec>>;
}

export interface ReadyRule {
  /** Regular expression for a line, or the start of one, of its stdout or stderr. */
  readonly pattern: string;
  readonly seconds: number;
}

/** What asks it to end; after as many seconds, its process group is killed. */
export type StopRule = { readonly seconds: number } & ({ readonly signal: StopSignal } | { readonly line: string });

export const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const;
export type StopSignal = (typeof STOP_SIGNALS)[number];

export const TAKES = ["last", "first", "mean", "median", "sum", "min", "max"] as const;

/** Where a value is found in the program's output. */
export type ResultSpec = ResultSource & {
  /** Of values that come without one, such as `Gbps`; base units unless given. */
  readonly unit?: string;
  /** Which of several values counts. */
  readonly take: (typeof TAKES)[number];
};

export type ResultSource =
  /** Regular expression with a group `value`, perhaps a group `unit`. */
  | { readonly pattern: string }
  /** Keys of the JSON on stdout, joined by dots; items of lists by number. */
  | { readonly json: string }
  /** `THROUGHPUT` of the lines `RESULT-THROUGHPUT 9.4 Gbps`; empty for lines `RESULT 9.4`. */
  | { readonly npf: string };
