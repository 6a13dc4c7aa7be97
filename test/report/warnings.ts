import { compile } from "vega-lite";
import type { ChartSpec } from "../../src/report/specs.js";

/** What Vega-Lite has to say against a spec. */
export function warningsOf({ spec }: ChartSpec): readonly string[] {
  const warnings: string[] = [];
  const keep = (...args: readonly unknown[]) => {
    warnings.push(args.join(" "));
    return logger;
  };
  const logger = { level: () => logger, warn: keep, info: () => logger, debug: () => logger, error: keep };
  compile(spec, { logger });
  return warnings;
}
