/** A small experiment and helpers that write suites to disk, shared by the tests of this folder. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../../src/errors.js";
import { loadSuite, type ExperimentSchema, type LoadedSuite, type LoadOptions } from "../../src/suite/load.js";
import { countSchema, frameRateSchema } from "../../src/units.js";

const rate = z.union([z.literal("max"), frameRateSchema()]).default("max");

const sample: ExperimentSchema = {
  parameters: z.strictObject({
    table: z.enum(["cuckoo", "chaining-stl", "hopscotch"]).describe("Flow table under test."),
    capacity: countSchema({ min: 1 }).default(1_000_000),
    cores: z.int().min(1).default(1),
    traffic: z.union([
      z.strictObject({ profile: z.enum(["uniform", "zipf", "campus"]), flows: countSchema({ min: 1 }), rate }),
      z.strictObject({ pcap: z.string(), rate }),
      z.strictObject({ frame_size: z.strictObject({ pcap: z.string() }), rate }),
    ]),
  }),
  metrics: [
    { name: "forwarding_rate", title: "Forwarding rate", unit: "frames/s", better: "higher", description: "" },
    { name: "loss_ratio", title: "Loss ratio", unit: "ratio", better: "lower", description: "" },
  ],
};

export const experiments: LoadOptions["experiments"] = new Map([["conntrack", sample]]);

/** A new folder with one suite in it; the head that every suite needs is written for it. */
export function writeSuite(body: string, { head = true }: { readonly head?: boolean } = {}): string {
  const file = join(mkdtempSync(join(tmpdir(), "nicbench-suite-")), "suite.yaml");
  writeFileSync(file, head ? `nicbench: 1\nname: sample\nexperiment: conntrack\n${body}` : body);
  return file;
}

/** The first line of `body` is line 4 of the file. */
export function load(body: string, options: Omit<LoadOptions, "experiments"> = {}): Promise<LoadedSuite> {
  return loadSuite(writeSuite(body), { experiments, ...options });
}

/** The error of a suite that must be refused, with the folder's name cut from its message. */
export async function refusal(
  body: string,
  options: Omit<LoadOptions, "experiments"> & { readonly head?: boolean } = {},
): Promise<UserError> {
  const { head = true, ...rest } = options;
  const file = writeSuite(body, { head });
  const error: unknown = await loadSuite(file, { experiments, ...rest }).catch((thrown: unknown) => thrown);
  if (!(error instanceof UserError)) throw new Error(`expected a UserError, got ${String(error)}`);
  return new UserError(error.code, error.message.replaceAll(file, "suite.yaml"), error.hint);
}
