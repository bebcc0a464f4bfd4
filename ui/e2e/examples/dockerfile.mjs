// What the Dockerfile and .dockerignore say, without an engine to ask.

import { cpSync, existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, posix } from "node:path";
import { root } from "./document.mjs";

/** One instruction: its word, its --options, and the rest. */
function instruction(line) {
  const [word, ...rest] = line.split(/\s+/);
  const options = rest.filter(
    (part, at) => part.startsWith("--") && rest.slice(0, at).every((p) => p.startsWith("--")),
  );
  const words = rest.slice(options.length);
  return { word: word.toUpperCase(), options: options.map((option) => option.slice(2)), words, text: words.join(" ") };
}

/** The stages of the Dockerfile, each with its base, its name and its instructions. */
export function stages(path = join(root, "Dockerfile")) {
  const lines = readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => !/^\s*(#|$)/.test(line))
    .join("\n")
    .replaceAll(/\\\n\s*/g, "")
    .split("\n");
  const found = [];
  for (const each of lines.map(instruction)) {
    if (each.word !== "FROM") found.at(-1).instructions.push(each);
    else found.push({ base: each.words[0], name: each.words[2] ?? String(found.length), instructions: [] });
  }
  return found;
}

/** The value of an instruction that is written as a list; the last one counts. */
export function list(stage, word) {
  const { text } = stage.instructions.findLast((each) => each.word === word);
  return JSON.parse(text.slice(text.indexOf("[")));
}

export function environment(stage) {
  const pairs = stage.instructions.filter(({ word }) => word === "ENV").flatMap(({ words }) => words);
  return Object.fromEntries(pairs.map((pair) => pair.split("=")));
}

const patterns = readFileSync(join(root, ".dockerignore"), "utf8")
  .split("\n")
  .filter((line) => line && !line.startsWith("#"))
  .map((line) => ({ keeps: line.startsWith("!"), parts: line.replace("!", "").split("/") }));

/** Whether a path is sent to the engine: the last pattern that matches it or a folder above it decides. */
export function isSent(path) {
  const parts = path.split("/");
  const matches = (pattern) =>
    pattern.length <= parts.length &&
    pattern.every((part, at) => new RegExp(`^${part.replaceAll(".", "\\.").replaceAll("*", ".*")}$`).test(parts[at]));
  return patterns.reduce((sent, { keeps, parts: pattern }) => (matches(pattern) ? keeps : sent), true);
}

/** Does what a stage's COPY of the project's own files does, below `folder`; `sources` are those that do not exist. */
export function copyInto(stage, folder) {
  let here = "/";
  const missing = [];
  for (const { word, options, words } of stage.instructions) {
    if (word === "WORKDIR") here = posix.resolve(here, words[0]);
    if (word !== "COPY" || options.some((option) => option.startsWith("from="))) continue;
    const target = words.at(-1);
    const into = join(folder, posix.resolve(here, target));
    for (const source of words.slice(0, -1)) {
      const path = posix.normalize(source).replace(/\/$/, "");
      if (!existsSync(join(root, path)) || !isSent(path)) {
        missing.push(source);
        continue;
      }
      const isFolder = statSync(join(root, path)).isDirectory();
      mkdirSync(into, { recursive: true });
      cpSync(join(root, path), isFolder || !target.endsWith("/") ? into : join(into, basename(path)), {
        recursive: true,
        filter: (from) => from === join(root, path) || isSent(posix.relative(root, from)),
      });
    }
  }
  return missing;
}
