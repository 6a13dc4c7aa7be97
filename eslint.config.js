// What the compiler cannot see: unhandled promises, unsafe casts, dead conditions, and the house rules.
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

const nodeGlobals = ["Buffer", "console", "module", "performance", "process", "require", "setTimeout", "URL"];

const houseRules = {
  eqeqeq: ["error", "always"],
  "no-console": "error",
  "no-warning-comments": ["error", { terms: ["todo", "fixme", "xxx"] }],
  "no-restricted-syntax": [
    "error",
    { selector: "ExportDefaultDeclaration", message: "Export by name, so that a thing has one name everywhere." },
  ],
  "max-lines": ["error", { max: 250, skipBlankLines: true, skipComments: true }],
  complexity: ["error", 15],
};

const typedRules = {
  "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
  "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
  // Numbers and booleans print as one expects; objects and undefined in a text stay errors.
  "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
  // `() => socket.destroy()` reads better than a block.
  "@typescript-eslint/no-confusing-void-expression": [
    "error",
    { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
  ],
  // An async method without await is how a quick answer meets an interface of slow ones.
  "@typescript-eslint/require-await": "off",
  "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
  "@typescript-eslint/no-unnecessary-condition": ["error", { allowConstantLoopConditions: "only-allowed-literals" }],
};

const testRules = {
  // A skipped test promises nothing. `skipIf` names the tool that is absent.
  "no-restricted-syntax": [
    "error",
    {
      selector:
        "CallExpression > MemberExpression[object.name=/^(it|test|describe)$/][property.name=/^(skip|only|todo)$/]",
      message: "Use skipIf with a reason, or remove the test.",
    },
  ],
  // Tests know what they put in.
  "@typescript-eslint/no-non-null-assertion": "off",
};

export default defineConfig(
  globalIgnores(["build/", "build-*/", "dist/", "results/", "reports/", "node_modules/"]),
  {
    files: ["src/**/*.ts", "test/**/*.ts", "*.ts"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: { ...houseRules, ...typedRules },
  },
  {
    files: ["**/*.{js,mjs,cjs}"],
    extends: [tseslint.configs.strict],
    languageOptions: { globals: Object.fromEntries(nodeGlobals.map((name) => [name, "readonly"])) },
    rules: { ...houseRules, "no-console": "off", "no-undef": "error" },
  },
  // The command line is what may print; configuration files must export what their tools ask for.
  { files: ["src/cli/**"], rules: { "no-console": "off" } },
  { files: ["test/**"], rules: testRules },
  { files: ["*.config.{js,ts}"], rules: { "no-restricted-syntax": "off" } },
  { linterOptions: { reportUnusedDisableDirectives: "error", reportUnusedInlineConfigs: "error" } },
);
