/** Finds the line that says that a program is ready. */

/** A prompt or a line of a log is shorter. */
const MAX_LINE = 64 * 1024;

/**
 * Looks at each line, and at the beginning of the one that has not ended: a prompt has no line break.
 *
 * @returns takes the output as it comes; true once the pattern has matched
 */
export function lineMatcher(pattern: string): (data: Buffer) => boolean {
  const expression = new RegExp(pattern);
  let rest = "";
  let matched = false;
  return (data) => {
    const lines = `${rest}${data.toString("utf8")}`.split(/\r?\n/);
    rest = lines.at(-1)?.slice(-MAX_LINE) ?? "";
    matched ||= lines.some((line) => expression.test(line));
    return matched;
  };
}
