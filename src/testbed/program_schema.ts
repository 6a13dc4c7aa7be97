/** The `command` of a role in a testbed file: a program that is not ours. */
import { z } from "zod";
import { shellWords } from "../shell.js";
import { durationSchema } from "../units.js";
import { quote } from "../yaml/problems.js";
import { placeholdersIn } from "./placeholders.js";
import { STOP_SIGNALS, TAKES, type ProgramSpec, type ResultSource, type StopRule } from "./program.js";

const word = z
  .string()
  .refine((text) => !text.includes("\0"), { error: "has a NUL character, which no argument can have" });

const start = z
  .union([
    z.array(word).min(1),
    z.string().transform((line, context) => {
      const words = shellWords(line);
      if (words !== undefined && words.length > 0) return [...words];
      context.addIssue({
        code: "custom",
        message: `${quote(line)} is no command line: a quote is left open, or it is empty`,
      });
      return z.NEVER;
    }),
  ])
  .superRefine((words, context) => {
    const refuse = (index: number, message: string): void => {
      context.addIssue({ code: "custom", path: [index], message });
    };
    const [program = ""] = words;
    if (program === "" || placeholdersIn(program).length > 0)
      refuse(0, "names the program, which cannot be a parameter");
    const script = scriptOf(words);
    if (placeholdersIn(words[script] ?? "").length > 0) refuse(script, SHELL_ADVICE);
  })
  .describe(
    "Program and arguments: a list, or a line with quotes as in a shell, which it is never given to. ${name} stands for a " +
      "parameter of the suite, $${ for a plain ${.",
  );

/** Where a shell that is called in the line has its script, if it has one; behind the end otherwise. */
function scriptOf(words: readonly string[]): number {
  const shell = words.findIndex((word) => /(^|\/)(ba|da|k|z|a|c|tc|fi)?sh$/.test(word));
  const option = words.findIndex((word, index) => shell >= 0 && index > shell && /^-[a-z]*c$/.test(word));
  return option < 0 ? words.length : option + 1;
}

const SHELL_ADVICE =
  "gives a parameter to a shell, which would act upon what is in it; hand it over as a word of its own: " +
  `[sh, -c, 'iperf3 -P "$1"', sh, "\${streams}"]`;

const pattern = z
  .string()
  .min(1)
  .superRefine((text, context) => {
    try {
      new RegExp(text);
    } catch (error) {
      context.addIssue({ code: "custom", message: `is no regular expression: ${(error as Error).message}` });
    }
  });

const within = durationSchema({ min: 0.01, max: 3600 });
const READY_SECONDS = 10;
const STOP_SECONDS = 5;

const ready = z
  .union([
    pattern.transform((text) => ({ pattern: text, within: READY_SECONDS })),
    z.strictObject({
      pattern: pattern.describe("Regular expression for a line, or its beginning, of stdout or stderr."),
      within: within.default(READY_SECONDS).describe("How long that may take. Default 10s."),
    }),
  ])
  .describe("What it prints when others may start, as a regular expression. Default: it is ready once it is started.");

const stop = z
  .strictObject({
    signal: z.enum(STOP_SIGNALS).optional().describe("Sent to its process group. Default SIGTERM."),
    line: z
      .string()
      .regex(/^[^\n\0]*$/)
      .optional()
      .describe("Written to its stdin instead, such as quit."),
    within: within.default(STOP_SECONDS).describe("After that, its process group is killed. Default 5s."),
  })
  .refine(({ signal, line }) => signal === undefined || line === undefined, {
    path: ["line"],
    error: "and signal exclude each other",
  })
  .prefault({})
  .describe("How it is stopped.");

const hasValue = z.string().refine((text) => text.includes("(?<value>"), {
  error: "has no group for the value; write it as (?<value>…)",
});

const result = z
  .strictObject({
    pattern: pattern
      .and(hasValue)
      .optional()
      .describe(
        "Regular expression with a group (?<value>…), and (?<unit>…) where it prints one. . matches no line break.",
      ),
    json: z.string().min(1).optional().describe("Keys in the JSON that it prints, such as end.sum.bits_per_second."),
    npf: z
      .string()
      .regex(/^[A-Za-z0-9_:~.@()-]*$/, { error: ({ input }) => `${quote(input)} is no name of a RESULT-NAME line` })
      .optional()
      .describe("NAME of lines RESULT-NAME value unit, as scripts of NPF print them; empty for lines RESULT value."),
    unit: z.string().optional().describe("Unit of values without one, such as Gbps. Default: the metric's."),
    take: z.enum(TAKES).default("last").describe("Which of several values counts. Default last."),
  })
  .superRefine((written, context) => {
    const given = (["pattern", "json", "npf"] as const).filter((key) => written[key] !== undefined);
    if (given.length === 1) return;
    context.addIssue({ code: "custom", message: "needs one of pattern, json, npf to say where the value is" });
  });

export const programSchema = z
  .strictObject({
    start,
    environment: z
      .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), word)
      .default({})
      .describe("Variables that it gets beside those of the agent."),
    directory: word.optional().describe("Working directory. Default: that of the agent."),
    ready: ready.optional(),
    stop,
    ends: z
      .enum(["when-stopped", "itself"])
      .default("when-stopped")
      .describe("`itself`: it ends when its work is done, as a client does. Default `when-stopped`."),
    results: z
      .record(z.string().regex(/^[a-z][a-z0-9_]{0,63}$/), result)
      .default({})
      .describe("What it measures, by the name of the suite's metric, and where its output says so."),
  })
  .describe("A program that is not ours, which plays this role.");

type Written = z.output<typeof programSchema>;

export function programOf({ start, environment, directory, ready, stop, ends, results }: Written): ProgramSpec {
  return {
    start,
    environment,
    ...(directory === undefined ? {} : { directory }),
    ...(ready === undefined ? {} : { ready: { pattern: ready.pattern, seconds: ready.within } }),
    stop: stopOf(stop),
    endsItself: ends === "itself",
    results: Object.fromEntries(Object.entries(results).map(([name, written]) => [name, resultOf(written)])),
  };
}

function stopOf({ signal = "SIGTERM", line, within: seconds }: Written["stop"]): StopRule {
  return line === undefined ? { signal, seconds } : { line, seconds };
}

function resultOf({ unit, take, ...source }: Written["results"][string]): ProgramSpec["results"][string] {
  return { ...sourceOf(source), take, ...(unit === undefined ? {} : { unit }) };
}

/** The schema has seen to it that there is one. */
function sourceOf({
  pattern: text,
  json,
  npf = "",
}: Pick<Written["results"][string], "pattern" | "json" | "npf">): ResultSource {
  if (text !== undefined) return { pattern: text };
  return json === undefined ? { npf } : { json };
}
