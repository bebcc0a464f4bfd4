import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

export default ts.config(
  { ignores: ["dist", "dist-demo", "src/messages", "src/wire.ts", "project.inlang", "test-output"] },
  js.configs.recommended,
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  { languageOptions: { globals: { ...globals.browser, ...globals.node } } },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
  },
  {
    rules: {
      // TypeScript knows names better.
      "no-undef": "off",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      eqeqeq: "error",
      "no-restricted-imports": [
        "error",
        { patterns: [{ group: ["@tauri-apps/*"], message: "Only platform/tauri.ts knows Tauri." }] },
      ],
      // Nothing that a stranger wrote becomes markup.
      "svelte/no-at-html-tags": "error",
    },
  },
  { files: ["src/platform/tauri.ts", "src/platform/tauri/**"], rules: { "no-restricted-imports": "off" } },
  {
    files: ["src/platform/**"],
    ignores: ["src/platform/tauri.ts", "src/platform/**/*.test.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            { group: ["@tauri-apps/*"], message: "Only platform/tauri.ts knows Tauri." },
            {
              group: ["**/state/**", "**/views/**"],
              message: "A platform knows the wire, and nothing of what is shown.",
            },
          ],
        },
      ],
    },
  },
  {
    // The arrows of the house (style.md): state is pure, views know no platform file but its interface.
    files: ["src/state/**"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            { group: ["@tauri-apps/*"], message: "Only platform/tauri.ts knows Tauri." },
            { group: ["**/views/**"], message: "State knows no view." },
            {
              group: ["**/platform/browser*", "**/platform/tauri*", "**/platform/fake*"],
              message: "State knows the interface only.",
            },
          ],
        },
      ],
    },
  },
);
