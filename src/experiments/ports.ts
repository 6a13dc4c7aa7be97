/** What joins the roles of a testbed: a ring inside one agent, or ports of their hosts. */
import type { RolePlacement } from "../testbed/model.js";

type Roles = Readonly<Record<string, RolePlacement>>;

/** True where each role has an agent of its own and a port of its host. */
export function areApart(roles: Roles): boolean {
  return Object.values(roles).some(({ io }) => io !== "ring");
}
