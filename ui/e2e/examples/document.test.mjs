// The document keeps its word: what it does not say was left out is run.

import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { blocks, document } from "./document.mjs";

/** Blocks for which this machine lacks what they need; the document must say so where they stand. */
const NOT_RUN = ["Program.cs", "button.ino"];

test("every block is run by a test, or says that it is not", () => {
  const tests = readdirSync(import.meta.dirname).filter((name) => name.endsWith(".test.mjs"));
  const text = tests.map((name) => readFileSync(new URL(name, import.meta.url), "utf8")).join("\n");
  for (const name of blocks.keys()) {
    if (NOT_RUN.includes(name)) continue;
    assert.ok(text.includes(`"${name}"`), `${name} is in no test`);
  }
  for (const name of NOT_RUN) {
    assert.ok(blocks.has(name), `${name} is gone from the document`);
    const section = document
      .slice(0, document.indexOf(`${name}\n`))
      .split(/^##+ /m)
      .at(-1);
    assert.match(section, /\*\*Not run/, `the section of ${name} says that it is not run`);
  }
});

test("the document leads somewhere", () => {
  const headings = [...document.matchAll(/^#+ (.+)$/gm)].map(([, text]) =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
  for (const [, place] of document.matchAll(/\]\(#([^)]+)\)/g)) assert.ok(headings.includes(place), `#${place}`);
  for (const [, file] of document.matchAll(/\]\((?!https?:)([^#)]+)[^)]*\)/g)) {
    assert.ok(existsSync(new URL(`../../../docs/${file}`, import.meta.url)), file);
  }
});
