/** The orchestrator's end of the pipe to one agent: requests out, checked answers in. */
import { z } from "zod";
import { UserError } from "../errors.js";
import { readLines } from "./lines.js";
import { fromRpcError, parseResponse, requestLine } from "./messages.js";
import { openLog } from "./log.js";
import { PROTOCOL_VERSION, SAME_VERSION } from "./protocol.js";
import { resultSchemas } from "./result_schemas.js";
import { describeDeparture } from "../testbed/host_process.js";
import type { AgentLog } from "./log.js";
import type { AgentMethods, MethodName, NativeInfo } from "./protocol.js";
import type { HostFacts } from "../results/model.js";
import type { Departure, HostProcess } from "../testbed/host_process.js";
import type { CpuTopology } from "../testbed/model.js";

export interface AgentClient {
  readonly pid: number | undefined;
  readonly native: NativeInfo;
  readonly facts: HostFacts;
  /** The CPUs of its host that it may pin to. */
  readonly topology: CpuTopology;
  /** False once the agent is gone or given up; it never comes back. */
  alive(): boolean;
  /**
   * Sends one request and renews the lease to outlast it.
   *
   * @throws {UserError} the agent's own error; AGENT_TIMEOUT, AGENT_GARBAGE or AGENT_DIED, after which the
   *   agent is gone
   */
  call<M extends MethodName>(
    method: M,
    params: AgentMethods[M]["params"],
    timeoutSeconds: number,
  ): Promise<AgentMethods[M]["result"]>;
  /** Asks it to go, and sees to it that nothing of it is left. Never rejects. */
  close(): Promise<void>;
  /** Ends it at once. */
  kill(): void;
}

export interface StartOptions {
  /** Where its stderr goes, appended. */
  readonly logFile: string;
  /** What messages call the log; `logFile` unless given. */
  readonly logName?: string;
  /** How long the agent may take to say hello. */
  readonly helloTimeoutSeconds?: number;
}

/**
 * Waits for the hello of an agent that was started.
 *
 * @throws {UserError} AGENT_DIED, AGENT_GARBAGE, AGENT_TIMEOUT or AGENT_PROTOCOL; nothing is left running then
 */
export async function greetAgent(agent: HostProcess, options: StartOptions): Promise<AgentClient> {
  const connection = connect(agent, keepLog(agent, options.logFile), options.logName ?? options.logFile);
  try {
    const hello = await connection.request("hello", { protocol: PROTOCOL_VERSION }, options.helloTimeoutSeconds ?? 20);
    const { request, ...rest } = connection;
    const { native, facts, topology } = hello;
    return { ...rest, native, facts, topology, call: withLease(request) };
  } catch (error) {
    connection.kill();
    throw error;
  }
}

type Request = AgentClient["call"];

interface Connection extends Pick<AgentClient, "pid" | "alive" | "close" | "kill"> {
  readonly request: Request;
}

interface Pending {
  readonly method: MethodName;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** Until the agent is gone. */
function keepLog(agent: HostProcess, file: string): AgentLog {
  const log = openLog(file);
  agent.stderr.on("data", log.write);
  void agent.gone.then(log.close);
  return log;
}

function connect(agent: HostProcess, { lastWords }: AgentLog, log: string): Connection {
  const pending = new Map<number, Pending>();
  let fault: UserError | undefined;
  let nextId = 1;

  /** The first fault counts; what follows from it, such as its death by our hand, does not. */
  const fail = (error: UserError): void => {
    fault ??= error;
    agent.kill();
    for (const { reject } of pending.values()) reject(fault);
    pending.clear();
  };

  const garbage = (text: string): void => fail(garbageError(text, log));

  readLines(agent.stdout, {
    onLine: (line) => {
      const response = parseResponse(line);
      if (response === undefined) return garbage(line);
      const request = pending.get(response.id ?? -1);
      if (request === undefined) return; // an answer that nobody waits for any more
      const result =
        "error" in response ? fromRpcError(response.error) : parseResult(request.method, response.result, log);
      if (isOfBadAgent(result)) return fail(result);
      pending.delete(response.id ?? -1);
      if (result instanceof UserError) request.reject(result);
      else request.resolve(result);
    },
    onGarbage: garbage,
    onEnd: (rest) => {
      if (rest !== "") garbage(rest);
    },
  });

  void agent.gone.then((departure) => fail(departureError(departure, log, lastWords())));

  const request: Request = (method, params, timeoutSeconds) =>
    new Promise((resolve, reject) => {
      if (fault !== undefined) return reject(fault);
      const id = nextId++;
      const timer = setTimeout(() => fail(timeoutError(method, timeoutSeconds, log)), timerMs(timeoutSeconds));
      const settled =
        <A extends unknown[]>(settle: (...values: A) => void) =>
        (...values: A): void => {
          clearTimeout(timer);
          settle(...values);
        };
      // The schema of the method has checked the result.
      pending.set(id, { method, resolve: settled(resolve as (result: unknown) => void), reject: settled(reject) });
      agent.stdin.write(requestLine({ id, method, params }));
    });

  return {
    pid: agent.pid,
    request,
    alive: () => fault === undefined,
    kill: agent.kill,
    close: async () => {
      if (fault === undefined) await request("shutdown", {}, CLOSE_TIMEOUT_SECONDS).catch(() => undefined);
      agent.stdin.end();
      const timer = setTimeout(agent.kill, CLOSE_TIMEOUT_SECONDS * 1000);
      await agent.gone;
      clearTimeout(timer);
    },
  };
}

const CLOSE_TIMEOUT_SECONDS = 3;
/** What the agent keeps its lease for beyond the longest request. */
const LEASE_MARGIN_SECONDS = 30;

/** The result, checked, or what is wrong with it. */
function parseResult(method: MethodName, result: unknown, log: string): unknown {
  const theirs = method === "hello" ? helloSchema.safeParse(result).data?.protocol : undefined;
  if (theirs !== undefined && theirs !== PROTOCOL_VERSION) return protocolError(theirs);
  const parsed = resultSchemas[method].safeParse(result);
  return parsed.success ? parsed.data : resultError(method, parsed.error, log);
}

/** Of all versions of the protocol. */
const helloSchema = z.object({ protocol: z.number() });

function isOfBadAgent(result: unknown): result is UserError {
  return result instanceof UserError && ["AGENT_PROTOCOL", "AGENT_GARBAGE"].includes(result.code);
}

/** One pipe keeps the order, so the lease is longer before the request that needs it starts. */
function withLease(request: Request): Request {
  return async (method, params, timeoutSeconds) => {
    const renewed = request("lease.renew", { seconds: timeoutSeconds + LEASE_MARGIN_SECONDS }, timeoutSeconds);
    const result = request(method, params, timeoutSeconds);
    await Promise.allSettled([renewed, result]);
    return result;
  };
}

/** Node fires timers beyond 2^31 ms at once. */
function timerMs(seconds: number): number {
  return Math.min(seconds * 1000, 2 ** 31 - 1);
}

function garbageError(text: string, log: string): UserError {
  const start = JSON.stringify(text.slice(0, 200));
  return new UserError(
    "AGENT_GARBAGE",
    `The agent answered what is no message: ${start}; its log: ${log}.`,
    "Only protocol lines may go to its stdout; look for a print in native code or a wrapper script.",
  );
}

function protocolError(theirs: number): UserError {
  return new UserError(
    "AGENT_PROTOCOL",
    `The agent speaks protocol ${theirs}, this program ${PROTOCOL_VERSION}.`,
    SAME_VERSION,
  );
}

function resultError(method: string, { issues: [issue] }: z.ZodError, log: string): UserError {
  const problem = `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`;
  return new UserError(
    "AGENT_GARBAGE",
    `The agent's answer to ${method} is not of the protocol (${problem}); its log: ${log}.`,
    "Use the same version of nicbench at both ends.",
  );
}

function timeoutError(method: string, seconds: number, log: string): UserError {
  const limit = Math.round(seconds * 10) / 10;
  return new UserError(
    "AGENT_TIMEOUT",
    `The agent did not answer ${method} within ${limit} s and was killed; its log: ${log}.`,
    "If the machine is slow rather than stuck, allow more time: nicbench run --grace 2min",
  );
}

function departureError(departure: Departure, log: string, lastWords: string): UserError {
  const words = lastWords === "" ? "It said nothing." : `Its last words: ${lastWords}`;
  const advice = departure.how === "signal" ? (SIGNAL_ADVICE[departure.signal] ?? "") : "";
  return new UserError("AGENT_DIED", `The agent ${describeDeparture(departure)}; its log: ${log}.`, words + advice);
}

const SIGNAL_ADVICE: Readonly<Record<string, string>> = {
  SIGKILL: " Out of memory? See dmesg.",
  SIGILL: " The addon was built for another CPU: build nicbench on that host, and name the folder as its `install`.",
};
