import type { AddressInfo } from "node:net";
import ssh2 from "ssh2";
import { expect, it, onTestFinished, vi } from "vitest";
import { sshSettings } from "../../../src/testbed/ssh/config.js";
import { connectSsh } from "../../../src/testbed/ssh/connect.js";
import { entry, keyPair, known, userHome } from "./server.js";

/** Programs end in the same breath as they start, which sshd does only when the machine is busy. */
async function hastyServer(exitCode: number): Promise<void> {
  const hostKey = keyPair();
  const server = new ssh2.Server({ hostKeys: [hostKey.private] }, (client) => {
    client.on("error", () => undefined);
    client.on("authentication", (attempt) => attempt.accept());
    client.on("session", (acceptSession) => {
      acceptSession().on("exec", (acceptExec) => {
        const channel = acceptExec();
        channel.exit(exitCode);
        channel.end();
      });
    });
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
  onTestFinished(() => void server.close());
  await userHome({
    key: keyPair().private,
    config: entry("hasty", port),
    known_hosts: known({ port, hostKeys: [hostKey] }),
  });
}

it("knows how a program ended that ends at once", async () => {
  await hastyServer(7);
  const connection = await connectSsh(sshSettings("hasty"));
  onTestFinished(() => connection.close());
  const results = await Promise.all([1, 2, 3].map(() => connection.exec("exit 7")));
  expect(results.map(({ exitCode }) => exitCode)).toEqual([7, 7, 7]);
});

it("knows at once that no more output comes", async () => {
  await hastyServer(0);
  const connection = await connectSsh(sshSettings("hasty"));
  onTestFinished(() => connection.close());
  // With the clock stopped, whoever waits for a time limit waits for ever.
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  expect(await connection.exec("true")).toEqual({ exitCode: 0, stdout: "", stderr: "" });
});
