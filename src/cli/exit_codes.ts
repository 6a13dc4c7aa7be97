/** Exit codes that scripts may rely on; docs and `nicbench --help` list the same. */
export const EXIT = {
  ok: 0,
  /** A trial failed, or no point could be measured. */
  failedTrials: 1,
  /** Wrong usage or input: the message says what to mend. */
  usage: 2,
  /** The gate found a regression. */
  gate: 3,
  /** The gate could not decide, and --strict says that this fails. */
  inconclusive: 4,
  /** A bug of nicbench (EX_SOFTWARE of sysexits.h). */
  internal: 70,
  /** Ctrl-C or SIGTERM: 128 + SIGINT. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_CODE_HELP = `
Exit codes:
  0    all is well
  1    a trial failed, or no point could be measured
  2    wrong usage or input; the message says what to mend
  3    the gate found a metric worse than its baseline
  4    the gate could not decide, under --strict
  70   a bug of nicbench; please report it
  130  stopped by Ctrl-C or SIGTERM; finished trials are kept`;
