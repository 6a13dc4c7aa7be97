/** `nicbench agent` */
import { PROTOCOL_VERSION } from "../agent/protocol.js";
import type { Command } from "commander";

export function addAgent(program: Command): void {
  program
    .command("agent")
    .summary("run trials for an orchestrator (started by nicbench itself)")
    .description(
      "Serves JSON-RPC 2.0 on stdin and stdout, one message a line; its log goes to stderr.\n" +
        "It ends when stdin closes or its lease runs out, and leaves nothing behind.",
    )
    .addHelpText("after", AFTER)
    .action(async () => {
      const { runAgent } = await import("./agent_command.js");
      await runAgent();
    });
}

const AFTER = `
nicbench run starts agents by itself. To look at one by hand:
  $ echo '{"jsonrpc":"2.0","id":1,"method":"hello","params":{"protocol":${PROTOCOL_VERSION}}}' | nicbench agent

See also: nicbench doctor`;
