/** Requests name captures and files of rules by their paths on this machine; an agent is told where they are on its host. */
import type { AgentClient } from "./client.js";

/** Fields of any request, its traffic and where its rules come from, and the one field of `pcap.inspect`. */
const CAPTURES = ["pcap", "sizesFrom", "rulesFile"];
const NESTED = ["traffic", "ruleSet", "source"];
const INSPECTED = ["file"];

/** The same agent, to whose host captures are brought before requests that need them. */
export function withCaptures(client: AgentClient, bring: (file: string) => Promise<string>): AgentClient {
  return {
    ...client,
    call: async (method, params, timeoutSeconds) => {
      const paths = method === "pcap.inspect" ? INSPECTED : CAPTURES;
      return client.call(method, await brought(params, paths, bring), timeoutSeconds);
    },
  };
}

async function brought<T extends object>(
  values: T,
  paths: readonly string[],
  bring: (file: string) => Promise<string>,
): Promise<T> {
  const there = async ([key, value]: readonly [string, unknown]): Promise<readonly [string, unknown]> => {
    if (typeof value === "string" && paths.includes(key)) return [key, await bring(value)];
    return [key, NESTED.includes(key) && isObject(value) ? await brought(value, paths, bring) : value];
  };
  return { ...values, ...Object.fromEntries(await Promise.all(Object.entries(values).map(there))) };
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
