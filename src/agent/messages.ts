/** JSON-RPC 2.0 envelopes, parsed from lines and written to lines. */
import { z } from "zod";
import { messageOf, UserError } from "../errors.js";
import type { AgentErrorData } from "./protocol.js";

export interface RpcRequest {
  readonly id: number;
  readonly method: string;
  readonly params: unknown;
}

export type RpcResponse =
  { readonly id: number; readonly result: unknown } | { readonly id: number | null; readonly error: RpcError };

export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: AgentErrorData | undefined;
}

/** Codes that JSON-RPC 2.0, section 5.1, gives; our own errors are `server`, told apart by `data.code`. */
export const RPC_CODES = {
  parse: -32700,
  request: -32600,
  method: -32601,
  params: -32602,
  internal: -32603,
  server: -32000,
};

const requestSchema = z.object({
  jsonrpc: z.literal("2.0"),
  id: z.number(),
  method: z.string(),
  params: z.unknown().optional(),
});

const errorSchema = z.object({
  code: z.number(),
  message: z.string(),
  data: z.object({ code: z.string(), hint: z.string().optional() }).optional(),
});

const responseSchema = z.union([
  z.object({ jsonrpc: z.literal("2.0"), id: z.number().nullable(), error: errorSchema }),
  z
    .object({ jsonrpc: z.literal("2.0"), id: z.number(), result: z.unknown() })
    .refine((message) => message.result !== undefined),
]);

/** The request on a line, or undefined if it is none. */
export function parseRequest(line: string): RpcRequest | undefined {
  const parsed = requestSchema.safeParse(parseJson(line));
  return parsed.success ? { ...parsed.data, params: parsed.data.params ?? {} } : undefined;
}

/** The response on a line, or undefined if it is none. */
export function parseResponse(line: string): RpcResponse | undefined {
  const parsed = responseSchema.safeParse(parseJson(line));
  return parsed.success ? parsed.data : undefined;
}

export function requestLine(request: RpcRequest): string {
  return `${JSON.stringify({ jsonrpc: "2.0", ...request })}\n`;
}

export function responseLine(response: RpcResponse): string {
  return `${JSON.stringify({ jsonrpc: "2.0", ...response })}\n`;
}

/** What a failed request carries: the parts of a `UserError`, or `INTERNAL` for a bug of the agent. */
export function toRpcError(error: unknown): RpcError {
  const parsed = thrownSchema.safeParse(error);
  if (parsed.success) {
    const { message, code, hint } = parsed.data;
    return { code: RPC_CODES.server, message, data: { code, hint } };
  }
  return { code: RPC_CODES.internal, message: messageOf(error), data: { code: "INTERNAL" } };
}

export function fromRpcError({ message, data }: RpcError): UserError {
  return new UserError(data?.code ?? "AGENT_ERROR", message, data?.hint);
}

/** Errors of the addon are no `UserError` objects but have the same parts. */
const thrownSchema = z.object({ message: z.string(), code: z.string(), hint: z.string().optional() });

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
