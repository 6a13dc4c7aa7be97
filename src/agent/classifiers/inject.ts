/** Frames as they are, into an interface of another network namespace. */
import { execa } from "execa";
import { UserError } from "../../errors.js";

/** The far end of {@link PORT}: what is sent here comes in there. */
const FAR_END = "nicbench1";
export const PORT = "nicbench0";

/** Commands for sh(1) in the namespace. Without IPv6 the kernel sends no frames of its own. */
export const MAKE_PORT =
  "echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6; " +
  `ip link add ${PORT} type veth peer name ${FAR_END}; ip link set ${PORT} up; ip link set ${FAR_END} up`;

/** A packet socket (packet(7)) and the number of an interface (netdevice(7)); Node has none, and perl is part of every Debian. */
const SEND = `
my ($name) = @ARGV;
socket(my $socket, 17, 3, 0) or die "no packet socket: $!";
my $request = pack("a16x24", $name);
ioctl($socket, 0x8933, $request) or die "no interface $name: $!";
my $index = unpack("x16i", $request);
while (my $line = <STDIN>) {
  chomp $line;
  send($socket, pack("H*", $line), 0, pack("SnlSCCx8", 17, 0, $index, 0, 0, 0)) or die "not sent: $!";
}`;

/**
 * Resolves when they have come in.
 *
 * @param pid of a process of the namespace
 * @throws {UserError} FRAMES_NOT_SENT
 */
export async function inject(pid: number, frames: readonly Uint8Array[]): Promise<void> {
  await sendFrames(["nsenter", "--net", `--target=${pid}`], FAR_END, frames);
}

/** The same for an interface of this network namespace: they are sent out there. @throws {UserError} FRAMES_NOT_SENT */
export async function injectInto(name: string, frames: readonly Uint8Array[]): Promise<void> {
  await sendFrames([], name, frames);
}

async function sendFrames(inside: readonly string[], name: string, frames: readonly Uint8Array[]): Promise<void> {
  const [program, ...words] = [...inside, "perl", "-e", SEND, name];
  const input = frames.map((frame) => `${Buffer.from(frame).toString("hex")}\n`).join("");
  const { failed, stderr, shortMessage } = await execa(program, words, { input, reject: false });
  if (!failed) return;
  throw new UserError(
    "FRAMES_NOT_SENT",
    `No frame could be sent into the interface ${name}: ${stderr || shortMessage}`,
    "It needs root, nsenter(1) and perl.",
  );
}
