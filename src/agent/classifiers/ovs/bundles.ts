/** Changes of rules as bundles of OpenFlow: all of one or nothing. */
import { flowOf } from "./flows.js";
import { COMMAND, endBundle, flowMod, gotoTable, matchOf, openBundle } from "./openflow.js";
import { secondsOf, type Change } from "../classifier.js";
import type { OpenFlowConnection } from "./connection.js";

/** Of messages with that xid, a bundle that is ready to be committed. */
export type Committing = (messagesOf: (xid: number) => readonly Buffer[]) => () => Promise<number>;

export function bundles(connection: OpenFlowConnection): Committing {
  return (messagesOf) => {
    const xid = connection.xids(3);
    const bundle = openBundle(xid, messagesOf(xid));
    const end = (how: "commitRequest" | "discardRequest") => connection.exchange(endBundle(xid + 2, how), xid + 2);
    return () =>
      secondsOf(async () => {
        try {
          await connection.exchange(bundle, xid + 1);
        } catch (error) {
          await end("discardRequest");
          throw error;
        }
        await end("commitRequest");
      });
  };
}

const COMMANDS = { insert: COMMAND.add, remove: COMMAND.deleteStrict, update: COMMAND.modifyStrict } as const;

/** @param sendsBack as {@link flowOf} has it */
export function flowMods(xid: number, { kind, entries }: Change, sendsBack = false): readonly Buffer[] {
  return entries.map((entry) => flowMod(xid, { command: COMMANDS[kind], ...flowOf(entry, sendsBack) }));
}

/** Last rules of tables 0 to k - 1, which go on to the next: `tables: 0` has none. */
export function joinTables(xid: number, tables: number): readonly Buffer[] {
  return Array.from({ length: tables }, (_, table) => lastRule(xid, table, gotoTable(table + 1)));
}

/** What becomes of frames that no other rule of the table takes. */
export function lastRule(xid: number, table: number, instructions: Buffer, cookie = 0): Buffer {
  return flowMod(xid, { command: COMMAND.add, cookie, table, priority: 0, match: matchOf(), instructions });
}
