/** The process behind `nicbench agent`: the server on this process's own pipes. */
import { hostMethods } from "../agent/methods.js";
import { serveAgent } from "../agent/server.js";

export async function runAgent(): Promise<never> {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => controller.abort(name));
  // stdout belongs to the protocol.
  console.log = console.error;
  const clean = await serveAgent({
    input: process.stdin,
    output: process.stdout,
    methods: hostMethods(),
    log: (message) => console.error(`${new Date().toISOString()} ${message}`),
    signal: controller.signal,
  });
  if (clean) process.exit(0);
  // Threads of a hung trial would hold up an orderly exit for ever.
  console.error(`${new Date().toISOString()} a trial does not stop; the agent kills itself`);
  process.kill(process.pid, "SIGKILL");
  return new Promise<never>(() => undefined);
}
