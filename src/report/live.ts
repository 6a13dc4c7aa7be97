/**
 * The report of a run that goes on, as a page that renews itself: server-sent events (WHATWG HTML, section 9.2) tell it when
 * the journal has grown. Bound to the loopback address; requests that name another host are refused, so that no web page can
 * reach it under a name of its own (DNS rebinding).
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { codeOf, messageOf, UserError } from "../errors.js";

export interface LiveSource {
  /** Something that differs as soon as the page would, such as the size of the journal. */
  readonly version: () => Promise<string>;
  /** The page as it is now. */
  readonly page: () => Promise<string>;
}

export interface LiveOptions {
  /** 0 takes one that is free. */
  readonly port: number;
  /** Ends the server, with all its connections. */
  readonly signal: AbortSignal;
}

const HOST = "127.0.0.1";
const POLL_MS = 1000;

export interface LiveReport {
  readonly url: string;
  /** Settles when the server has ended. */
  readonly ended: Promise<void>;
}

/** @throws {UserError} PORT_UNUSABLE */
export async function serveLive(source: LiveSource, { port, signal }: LiveOptions): Promise<LiveReport> {
  const readers = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    answer(request, response, source, readers).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500, TEXT);
      response.end(messageOf(error));
    });
  });
  const url = await listening(server, port);
  return { url, ended: untilStopped(server, source, readers, signal) };
}

const TEXT = { "Content-Type": "text/plain; charset=utf-8" };

async function answer(
  { method, url, headers, socket }: IncomingMessage,
  response: ServerResponse,
  { page }: LiveSource,
  readers: Set<ServerResponse>,
): Promise<void> {
  const own = [`${HOST}:${socket.localPort}`, `localhost:${socket.localPort}`];
  if (!own.includes(headers.host ?? "")) return void response.writeHead(403, TEXT).end("Only for this machine.");
  if (method !== "GET") return void response.writeHead(405, TEXT).end("Only GET.");
  if (url === "/events") {
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    response.write("retry: 2000\n\n");
    readers.add(response);
    response.on("close", () => readers.delete(response));
  } else if (url === "/") {
    const text = await page();
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store" }).end(text);
  } else response.writeHead(404, TEXT).end("There is only one page: /");
}

function listening(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(portUnusable(port, error)));
    server.listen(port, HOST, () => {
      const address = server.address();
      resolve(`http://${HOST}:${typeof address === "object" ? (address?.port ?? port) : port}/`);
    });
  });
}

/** Asks again and again, as file systems differ in what they tell of a file that grows. */
async function untilStopped(
  server: Server,
  { version }: LiveSource,
  readers: ReadonlySet<ServerResponse>,
  signal: AbortSignal,
): Promise<void> {
  let known = await version();
  while (!signal.aborted) {
    await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
    const now = await version();
    if (now !== known) for (const reader of readers) reader.write("event: changed\ndata:\n\n");
    known = now;
  }
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}

function portUnusable(port: number, error: Error): UserError {
  return new UserError(
    "PORT_UNUSABLE",
    `Port ${port} of ${HOST} cannot be listened on: ${codeOf(error) ?? messageOf(error)}.`,
    "Name another with --port, or leave it out for one that is free.",
    { cause: error },
  );
}

/** For the page: reads it anew when the server says so; the place where the reader was is kept by the browser. */
export const LIVE_SCRIPT = `new EventSource("/events").addEventListener("changed", () => location.reload());`;
