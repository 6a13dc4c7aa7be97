// Which way imports may point. Types count too: a type that points up is a design that points up.

/** From the top down: a folder may import from those below it. Files at the top of src/ are the lowest layer. */
const LAYERS = [
  "cli",
  "report",
  "gate",
  "paper",
  "runner",
  "experiments",
  "search",
  "agent",
  "testbed",
  "suite",
  "results",
  "statistics",
  "native",
  "rules",
  "yaml",
];

const folders = (names) => `^src/(${names.join("|")})/`;
const BASE = "^src/[^/]+$";

const layering = LAYERS.slice(1).map((layer, above) => ({
  name: `${layer}-imports-down`,
  severity: "error",
  comment: `src/${layer} may not import from the layers above it: ${LAYERS.slice(0, above + 1).join(", ")}.`,
  from: { path: folders([layer]) },
  to: { path: folders(LAYERS.slice(0, above + 1)) },
}));

module.exports = {
  forbidden: [
    ...layering,
    {
      name: "base-imports-nothing-above",
      severity: "error",
      comment: "src/*.ts (units, errors, package) are for everyone and need no folder.",
      from: { path: BASE },
      to: { path: folders(LAYERS) },
    },
    {
      name: "known-folder",
      severity: "error",
      comment: "A new folder of src/ takes its place in LAYERS, and in the list of docs/architecture.md.",
      from: {},
      to: { path: "^src/[^/]+/", pathNot: folders(LAYERS) },
    },
    {
      name: "native-only-in-agents",
      severity: "error",
      comment: "The orchestrator never loads native code: a crash in the data path must end one agent, not the run.",
      from: { path: "^src/", pathNot: folders(["agent", "native"]) },
      to: { path: folders(["native"]) },
    },
    {
      name: "no-cycles",
      severity: "error",
      comment: "Modules that import each other can only be understood together.",
      from: { path: "^(src|test|scripts)/" },
      to: { circular: true },
    },
    {
      name: "no-orphans",
      severity: "error",
      comment: "Nothing imports this module and it imports nothing: it is dead.",
      from: { orphan: true, path: "^(src|test)/", pathNot: "[.]test[.]ts$" },
      to: {},
    },
    {
      name: "no-dead-modules",
      severity: "error",
      comment: "No command and no test reaches this module.",
      from: { path: "^(src/cli/main|test/.+[.]test)[.]ts$" },
      to: { path: "^src/", pathNot: "^src/cli/main[.]ts$", reachable: false },
    },
    {
      name: "source-does-not-import-tests",
      severity: "error",
      from: { path: "^(src|scripts|bin)/" },
      to: { path: "^test/" },
    },
    {
      name: "source-has-its-packages",
      severity: "error",
      comment: "A user's install has no development dependencies.",
      from: { path: "^(src|bin)/" },
      to: {
        dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"],
        // Types alone: of Node itself, and of packages that have none of their own.
        pathNot: "node_modules/@types/",
      },
    },
    {
      name: "resolvable",
      severity: "error",
      from: {},
      // The command line is built by `npm ci`, the addon too.
      to: { couldNotResolve: true, pathNot: "dist/|[.]node$" },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(dist|build)" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "types", "node", "default"] },
  },
};
