/**
 * A fault that the user can mend: a wrong file, a missing tool, a full disk. The command line prints
 * message and hint and no stack; anything that is not a `UserError` is our bug and prints its stack.
 */
export class UserError extends Error {
  override readonly name = "UserError";

  /**
   * @param code stable, upper-case name that scripts may match on, such as `SUITE_INVALID`
   * @param message what is wrong, with the place and the offending value
   * @param hint what to do next
   */
  constructor(
    readonly code: string,
    message: string,
    readonly hint?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of a system error (`ENOSPC`, `EACCES`, …) or `UserError`, if it has one. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error === "object" && error !== null && "code" in error) {
    const { code } = error;
    return typeof code === "string" ? code : undefined;
  }
  return undefined;
}
