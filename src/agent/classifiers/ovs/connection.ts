/** A conversation with a switch in OpenFlow, over its socket. One request at a time. */
import { connect, type Socket } from "node:net";
import { UserError } from "../../../errors.js";
import { errorText, HEADER_BYTES, hasMore, message, TYPE, type Message } from "./openflow.js";

export interface OpenFlowConnection {
  /** For `count` messages of a request; the last of them is the one whose answer ends it. */
  xids(count: number): number;
  /**
   * @param last xid of the message whose answer is awaited
   * @returns all that was said until then
   * @throws {UserError} OVS_REFUSED: the errors; OVS_DIED
   */
  exchange(request: Buffer, last: number): Promise<readonly Message[]>;
  close(): void;
}

interface Waiting {
  readonly last: number;
  readonly said: Message[];
  readonly resolve: (said: readonly Message[]) => void;
  readonly reject: (reason: UserError) => void;
}

/**
 * @param path of a socket that listens
 * @param whyDead what is known of the end of the switch, once the socket is closed
 */
export async function openConnection(path: string, whyDead: () => string): Promise<OpenFlowConnection> {
  const socket = await connected(path);
  let nextXid = 1;
  let waiting: Waiting | undefined;
  let dead = false;
  const onMessage = (said: Message): void => {
    if (said.type === TYPE.echoRequest) socket.write(message(TYPE.echoReply, said.xid, said.body));
    if (waiting === undefined) return;
    waiting.said.push(said);
    if (said.xid !== waiting.last || isContinued(said)) return;
    const { resolve, reject, said: all } = waiting;
    waiting = undefined;
    const errors = all.filter(({ type }) => type === TYPE.error);
    if (errors.length > 0) reject(refused(errors));
    else resolve(all);
  };
  socket.on("data", reader(onMessage));
  socket.on("error", () => undefined); // `close` follows
  socket.on("close", () => {
    dead = true;
    waiting?.reject(died(whyDead()));
  });
  socket.write(message(TYPE.hello, 0));
  return {
    xids: (count) => (nextXid += count) - count,
    exchange: (request, last) =>
      new Promise((resolve, reject) => {
        if (dead) return reject(died(whyDead()));
        waiting = { last, said: [], resolve, reject };
        socket.write(request);
      }),
    close: () => socket.destroy(),
  };
}

function connected(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}

function isContinued({ type, body }: Message): boolean {
  return type === TYPE.multipartReply && hasMore(body);
}

/** Cuts the stream into messages. */
function reader(onMessage: (said: Message) => void): (data: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (data) => {
    rest = rest.length === 0 ? data : Buffer.concat([rest, data]);
    while (rest.length >= HEADER_BYTES) {
      const length = rest.readUInt16BE(2);
      if (rest.length < length) break;
      onMessage({ type: rest.readUInt8(1), xid: rest.readUInt32BE(4), body: rest.subarray(HEADER_BYTES, length) });
      rest = rest.subarray(length);
    }
  };
}

/** The first error says why; the bundle that fails for it comes last. */
function refused(errors: readonly Message[]): UserError {
  const [first = "", ...others] = new Set(errors.map(({ body }) => errorText(body)));
  const more = others.length === 0 ? "" : ` (then ${others.join(", ")})`;
  return new UserError(
    "OVS_REFUSED",
    `Open vSwitch refused a bundle: ${first}${more}.`,
    "The names are those of OpenFlow 1.4, section 7.5.4; `ovs-appctl list-commands` and ovs-fields(7) say what this version can do.",
  );
}

export function died(why: string): UserError {
  return new UserError(
    "OVS_DIED",
    `ovs-vswitchd ended in the middle of the trial: ${why}`,
    "Out of memory? See dmesg.",
  );
}
