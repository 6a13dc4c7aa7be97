/**
 * A program that does not outlive the process which started it, however that one ends.
 *
 * The program leads a process group. In it a watcher waits for the end of a pipe whose other end only the starter holds:
 * the kernel closes it also when the starter is killed. Then the watcher kills the group, itself included. Whatever
 * leaves the group (setsid(2)) is out of its reach.
 */

/** The file descriptor that the pipe has in the program's shell, and that the program does not get. */
export const LIFELINE = 3;

const WATCH = 'trap "" HUP INT QUIT TERM USR1 USR2; read -r _ <&3; kill -s KILL 0';
const SCRIPT = `( ${WATCH} ) </dev/null >/dev/null 2>&1 & exec 3<&-; exec "$@"`;

/** The words of the command reach the program as they are: the shell's script is fixed. */
export function withLifeline(command: readonly string[]): readonly string[] {
  return ["/bin/sh", "-c", SCRIPT, "nicbench", ...command];
}
