/** `nicbench doctor` */
import type { Command } from "commander";
import type { DoctorStatus } from "../testbed/doctor.js";

export function addDoctor(program: Command): void {
  program
    .command("doctor")
    .summary("say what this machine can do, with advice")
    .description("Looks at this machine: what nicbench can do here, and what would make its numbers better.")
    .option("--json", "print JSON")
    .addHelpText("after", AFTER)
    .action(async (flags: { readonly json?: true }) => {
      const [{ withLocalAgent }, { diagnose }, { columns, colorsFor, print }] = await Promise.all([
        import("../agent/once.js"),
        import("../testbed/doctor.js"),
        import("./terminal.js"),
      ]);
      const items = await diagnose(await withLocalAgent(async (agent) => agent.native));
      if (flags.json === true) return print(JSON.stringify(items, null, 2));
      const colors = colorsFor(process.stdout);
      const paint: Record<DoctorStatus, (text: string) => string> = {
        ok: colors.green,
        advice: colors.cyan,
        warning: colors.yellow,
        missing: colors.red,
      };
      const lines = columns(items.map(({ status, name, found }) => [status, name, found])).split("\n");
      for (const [index, { status, advice }] of items.entries()) {
        print((lines[index] ?? "").replace(status, paint[status]));
        if (advice !== "") print(`         ${colors.dim(advice)}`);
      }
    });
}

const AFTER = `
ok: nothing to do. advice: numbers could be better. warning: it spoils numbers. missing: something does not work.

See also: nicbench list tables, nicbench run suites/quickstart.yaml`;
