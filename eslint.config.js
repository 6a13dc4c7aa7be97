// What the compiler cannot see: unhandled promises, unsafe casts, dead conditions, and the house rules.
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

const nodeGlobals = [
  ...["AbortController", "Buffer", "console", "module", "performance", "process", "require", "URL"],
  ...["setTimeout", "clearTimeout", "setInterval", "clearInterval", "setImmediate"],
];

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
  "@typescript-eslint/consistent-type-imports": [
    "error",
    { fixStyle: "inline-type-imports", disallowTypeAnnotations: false },
  ],
  "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
  // Numbers and booleans print as one expects; objects and undefined in a text stay errors.
  "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
  // Objects here are closures, not instances: their functions need no `this`.
  "@typescript-eslint/unbound-method": "off",
  // `return tell(…)` ends a function as well as two lines do.
  "@typescript-eslint/no-confusing-void-expression": "off",
  // An async method without await is how a quick answer meets an interface of slow ones.
  "@typescript-eslint/require-await": "off",
  "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
  // Narrowing does not see what a callback or an await changes, so this would remove checks that are needed.
  "@typescript-eslint/no-unnecessary-condition": "off",
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
  // Tests know what they put in, and read JSON that programs print; matchers of vitest are `any`.
  "@typescript-eslint/no-non-null-assertion": "off",
  "@typescript-eslint/no-unsafe-argument": "off",
  "@typescript-eslint/no-unsafe-assignment": "off",
  "@typescript-eslint/no-unsafe-member-access": "off",
  "@typescript-eslint/no-unsafe-return": "off",
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
