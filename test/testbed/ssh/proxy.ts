/** A way to a server that is watched, and can go dead: neither end hears of it, as when a router forgets a connection. */
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { onTestFinished } from "vitest";

export interface Proxy {
  readonly port: number;
  /** From now on nothing gets through on the connections that there are; new ones work. */
  cut(): void;
  /** When something went to the server, as Date.now(). */
  readonly sent: readonly number[];
}

export async function proxyTo(port: number): Promise<Proxy> {
  let sockets: Socket[] = [];
  const all: Socket[] = [];
  const sent: number[] = [];
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    for (const socket of [near, far]) socket.on("error", () => undefined);
    near.on("data", () => sent.push(Date.now()));
    near.pipe(far).pipe(near);
    sockets.push(near, far);
    all.push(near, far);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of all) socket.destroy();
    server.close();
  });
  return {
    sent,
    port: (server.address() as AddressInfo).port,
    cut: () => {
      for (const socket of sockets) socket.unpipe().resume().removeAllListeners("end");
      sockets = [];
    },
  };
}
