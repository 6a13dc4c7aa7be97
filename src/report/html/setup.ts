/** What was run on what: the run, its parameters and its hosts. */
import { flatten } from "../../flat.js";
import { calibrationText } from "../calibration.js";
import { paramName, paramText, paramTitle } from "../params.js";
import { quantityText } from "../scale.js";
import { facts } from "./tables.js";
import { html, type Html, type HtmlPart } from "./template.js";
import type { HostFacts, ParamValue, RunManifest } from "../../results/model.js";
import type { ReportInput } from "../input.js";

export function setupSection({ manifest }: ReportInput): Html {
  const { suite, testbed, seed, startedAt, versions, git, native, hosts, conditions = {}, calibrations } = manifest;
  return html`<section>
    <h2>What was run on what</h2>
    ${facts("Run", [
      ["Run", manifest.run],
      ["Suite", `${suite.name} (${suite.file})`],
      ["Experiment", suite.experiment],
      ["Testbed", `${testbed.name} (${testbed.file})`],
      ["Started", startedAt],
      ["Seed", seed],
      ...scheduleFacts(manifest),
      [
        "Git",
        "commit" in git
          ? `${git.commit}${git.dirty ? ", with uncommitted changes" : ""}`
          : `unavailable: ${git.unavailable}`,
      ],
      [
        "Versions",
        Object.entries(versions)
          .map(([name, version]) => `${name} ${version}`)
          .join(", "),
      ],
      ["Fixed parameters", fixedParams(manifest.points.map(({ resolved }) => resolved))],
    ])}
    ${
      calibrations === undefined
        ? ""
        : html`<h3>Calibration of the generator</h3>
            ${facts(
              "Calibration of the generator",
              calibrations.map((calibration) => [`On ${calibration.wire}`, calibrationText(calibration)]),
            )}`
    }
    ${Object.entries(hosts).map(
      ([name, host]) =>
        html`<h3>Host ${name}</h3>
          ${facts(`Host ${name}`, hostFacts(host, native[name], conditions[name]))}`,
    )}
  </section>`;
}

function scheduleFacts({ schedule }: RunManifest): readonly (readonly [string, string])[] {
  if (!schedule) return [];
  const {
    repeat: { min, max, until },
    order,
    times,
  } = schedule;
  const rule =
    until === undefined
      ? ""
      : `, until the 95 % interval of ${until.metric} is within ±${quantityText(until.ci95, "ratio")}`;
  return [
    ["Repeats", `${min === max ? min : `${min} to ${max}`}${rule}; order ${order}`],
    ["Warm-up, duration", [...new Set(times.map(phases))].join("; ")],
  ];
}

function phases({
  warmupSeconds,
  durationSeconds,
}: {
  readonly warmupSeconds: number;
  readonly durationSeconds: number;
}): string {
  return `${quantityText(warmupSeconds, "s")}, ${quantityText(durationSeconds, "s")}`;
}

/** Parameters that all points share, by dotted path. */
function fixedParams(resolved: readonly unknown[]): string {
  const [first, ...others] = resolved.map((value) => flatten(value));
  return Object.entries(first ?? {})
    .filter(([path, value]) => others.every((other) => other[path] === value))
    .map(([path, value]) => `${paramTitle(path)}: ${paramText(path, value)}`)
    .join(", ");
}

function hostFacts(
  host: HostFacts,
  native: unknown,
  conditions: Readonly<Record<string, string>> = {},
): readonly (readonly [string, HtmlPart])[] {
  const mitigations = Object.entries(host.mitigations).map(([name, state]) => `${name}: ${state}`);
  return [
    ["Name", host.hostname],
    [
      "CPU",
      `${host.cpuModel}, ${host.cpus} CPUs, SMT ${host.smt}, ${host.numaNodes} NUMA ${host.numaNodes === 1 ? "node" : "nodes"}`,
    ],
    ["Memory", quantityText(host.memoryBytes, "bytes")],
    ["Huge pages", `${host.hugePages2MiB} × 2 MiB; transparent: ${host.transparentHugePages}`],
    ["Governor", host.governor],
    ...Object.entries(host.classifiers ?? {}),
    ["Clock source", host.clocksource],
    ["Hypervisor", host.hypervisor],
    ["System", `${host.os}, kernel ${host.kernel}, ${host.arch}, Node ${host.node}`],
    ["Kernel command line", host.kernelCommandLine],
    ["Addon build", addonText(native)],
    ["Mitigations", folded(mitigations)],
    ["Before the run", folded(Object.entries(conditions).map(([name, state]) => `${name}: ${state}`))],
  ];
}

function folded(lines: readonly string[]): HtmlPart {
  if (lines.length === 0) return "";
  return html`<details>
    <summary>${lines.length} reported</summary>
    ${lines.map((line) => html`<div>${line}</div>`)}
  </details>`;
}

/** How the addon was built; lists such as its tables are left to run.json. */
function addonText(native: unknown): string {
  return Object.entries(flatten(native))
    .filter(([path]) => !path.includes(".") && path !== "available")
    .map(([path, value]) => buildFact(path, value))
    .join(", ");
}

function buildFact(path: string, value: ParamValue): string {
  if (path === "tscHz" && typeof value === "number") return `TSC ${(value / 1e9).toFixed(3)} GHz`;
  return `${paramName(path)} ${String(value)}`;
}
