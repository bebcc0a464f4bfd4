// Rules of the house that a reader would have to look for: words, colours and sizes have one place each.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const SRC = join(import.meta.dirname, "../..");
const files = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(ts|svelte)$/.test(entry.name) && !entry.name.endsWith(".test.ts"))
    .map((entry) => join(entry.parentPath, entry.name));
const read = (file: string) => readFileSync(file, "utf8");

const catalogue = Object.keys(JSON.parse(read(join(SRC, "../messages/en.json")))).filter((key) => !key.startsWith("$"));
const code = ["views", "state", "platform"]
  .flatMap((part) => files(join(SRC, part)))
  .map(read)
  .join("\n");
const rust = read(join(SRC, "../../src-tauri/desktop/words.rs"));

describe("words", () => {
  it("of the catalogue are all used, here or by the desktop", () => {
    const unused = catalogue.filter((key) => !new RegExp(`\\bm\\.${key}\\b`).test(code) && !rust.includes(`"${key}"`));
    expect(unused).toEqual([]);
  });
});

const views = files(join(SRC, "views")).filter((file) => file.endsWith(".svelte"));
const styleOf = (file: string) => /<style>([\s\S]*)<\/style>/.exec(read(file))?.[1] ?? "";

describe.each(views.map((file) => [file.slice(SRC.length + 1), file]))("%s", (_, file) => {
  it("takes colours, sizes and depths from the tokens", () => {
    const raw = styleOf(file).match(/#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|oklch)a?\(|\b\d+px\b|z-index:\s*-?\d/gi) ?? [];
    expect(raw).toEqual([]);
  });
  it("is one view, not two", () => {
    const lines = read(file).split("\n");
    const style = styleOf(file).split("\n").length;
    expect(lines.length - style).toBeLessThan(180);
  });
  it("makes no markup of text", () => {
    expect(read(file)).not.toMatch(/\{@html|innerHTML|insertAdjacentHTML/);
  });
});
