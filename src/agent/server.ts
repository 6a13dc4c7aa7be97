/**
 * The agent's end of the pipe, behind `nicbench agent`.
 *
 * The agent never outlives its orchestrator: it ends when its input closes, when its lease runs out, on
 * SIGTERM and SIGINT, and when asked. Whatever the reason, it first stops the trial that is running.
 */
import { messageOf } from "../errors.js";
import { readLines } from "./lines.js";
import { parseRequest, responseLine, RPC_CODES, toRpcError } from "./messages.js";
import { paramsSchemas } from "./params_schemas.js";
import type { Methods } from "./methods.js";
import type { RpcError, RpcRequest, RpcResponse } from "./messages.js";
import type { AgentMethods } from "./protocol.js";
import type { Readable, Writable } from "node:stream";

export interface ServerOptions {
  readonly input: Readable;
  readonly output: Writable;
  readonly methods: Methods;
  /** Lease until the orchestrator first renews it. */
  readonly leaseSeconds?: number;
  /** One line of the log. */
  readonly log: (message: string) => void;
  /** Aborted by a signal to the process. */
  readonly signal?: AbortSignal;
}

/**
 * Serves until the end.
 *
 * @returns false if a trial would not stop, so that threads of it are still running
 */
export async function serveAgent({
  input,
  output,
  methods,
  leaseSeconds,
  log,
  signal,
}: ServerOptions): Promise<boolean> {
  const running = new Set<Promise<void>>();
  const ended = deferred<string>();
  const lease = startLease(leaseSeconds ?? FIRST_LEASE_SECONDS, () => ended.resolve("its lease ran out"));
  const send = (response: RpcResponse): void => void output.write(responseLine(response));

  const own = {
    "lease.renew": async ({ seconds }: AgentMethods["lease.renew"]["params"]) => lease.renew(seconds),
    shutdown: async () => {
      setImmediate(() => ended.resolve("it was asked to"));
      return {};
    },
  };

  const serve = async (request: RpcRequest): Promise<void> => {
    try {
      send({ id: request.id, result: await dispatch({ ...methods, ...own }, request) });
    } catch (error) {
      const reply = error instanceof InvalidRequest ? error.reply : toRpcError(error);
      log(`${request.method} failed: ${describe(error, reply)}`);
      send({ id: request.id, error: reply });
    }
  };

  readLines(input, {
    onLine: (line) => {
      const request = parseRequest(line);
      if (request === undefined) return send(notARequest(line));
      const work = serve(request).finally(() => running.delete(work));
      running.add(work);
    },
    onGarbage: (start) => {
      send(notARequest(start));
      ended.resolve("its input is garbage");
    },
    onEnd: () => ended.resolve("its orchestrator is gone"),
  });
  input.on("error", () => ended.resolve("its input broke"));
  output.on("error", () => ended.resolve("its output broke"));
  signal?.addEventListener("abort", () => ended.resolve(`it got ${String(signal.reason)}`));

  log(`the agent ends: ${await ended.promise}`);
  lease.end();
  await methods["trial.stop"]({}).catch((error: unknown) => log(`the trial does not stop: ${messageOf(error)}`));
  return settled(running);
}

const FIRST_LEASE_SECONDS = 60;
const STOP_TIMEOUT_MS = 2000;

type Handler = (params: never) => Promise<unknown>;

class InvalidRequest extends Error {
  constructor(readonly reply: RpcError) {
    super(reply.message);
  }
}

/** Checks the parameters by the method's schema, which is what makes the handler's type true. */
async function dispatch(handlers: Readonly<Record<string, Handler>>, { method, params }: RpcRequest): Promise<unknown> {
  const schema = Object.hasOwn(paramsSchemas, method) ? paramsSchemas[method as keyof AgentMethods] : undefined;
  const handler = handlers[method];
  if (schema === undefined || handler === undefined) {
    throw new InvalidRequest({ code: RPC_CODES.method, message: `There is no method ${method}.` });
  }
  const parsed = schema.safeParse(params);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const message = `Invalid parameters of ${method}: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`;
    throw new InvalidRequest({ code: RPC_CODES.params, message });
  }
  return handler(parsed.data as never);
}

function notARequest(line: string): RpcResponse {
  const message = `Not a JSON-RPC 2.0 request: ${JSON.stringify(line.slice(0, 200))}`;
  return { id: null, error: { code: RPC_CODES.request, message } };
}

/** A bug of ours leaves its stack in the log. */
function describe(error: unknown, reply: RpcError): string {
  const stack = reply.code === RPC_CODES.internal && error instanceof Error ? error.stack : undefined;
  return stack ?? `${reply.data?.code ?? reply.code}: ${reply.message}`;
}

/** Ends the agent unless it is renewed; the trial's threads do not hold the timer up. */
function startLease(seconds: number, onEnd: () => void) {
  let timer: NodeJS.Timeout;
  const renew = (forSeconds: number): { expiresAt: string } => {
    clearTimeout(timer);
    const ms = Math.min(forSeconds * 1000, MAX_LEASE_MS);
    timer = setTimeout(onEnd, ms);
    return { expiresAt: new Date(Date.now() + ms).toISOString() };
  };
  renew(seconds);
  return { renew, end: () => clearTimeout(timer) };
}

/** Longest time of a Node timer. */
const MAX_LEASE_MS = 2 ** 31 - 1;

/** True when all requests have been answered; false after a while if one has not. */
async function settled(running: ReadonlySet<Promise<void>>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => (timer = setTimeout(resolve, STOP_TIMEOUT_MS, false)));
  const done = Promise.allSettled(running).then(() => true);
  const inTime = await Promise.race([done, late]);
  clearTimeout(timer);
  return inTime;
}

function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}
