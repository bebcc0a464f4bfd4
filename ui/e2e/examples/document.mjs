// The code blocks of docs/join-from-anything.md, each under the name that stands behind its language.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../..", import.meta.url));

export const document = readFileSync(new URL("../../../docs/join-from-anything.md", import.meta.url), "utf8");

/** What stands in the document where the reader puts an address. */
const ADDRESS = "localhost:8000";

/** Name → language and text. A block without a name is a mistake: nobody could test it. */
export const blocks = new Map(
  [...document.matchAll(/^```(\S*)(?: (\S+))?\n([^]*?)^```$/gm)].map(([whole, language, name, text]) => {
    if (!name) throw new Error(`a block has no name behind its language:\n${whole}`);
    return [name, { language, text }];
  }),
);

/** A block as a reader would run it against the room at `url`. */
export function example(name, url) {
  const block = blocks.get(name);
  if (!block) throw new Error(`the document has no block ${name}`);
  if (!block.text.includes(ADDRESS)) throw new Error(`${name} does not say where the room is`);
  return block.text.replaceAll(ADDRESS, new URL(url).host);
}

/** The commands of a console block, each with the output that the document shows for it. */
export function commands(text) {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command, ...output] = part.trimEnd().split("\n");
      return { command, output: output.join("\n") };
    });
}
