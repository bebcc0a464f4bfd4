// What is done with hits, and what goes with a question for them.

import { chatKey, type ChatKey } from "../chat";
import type { Hit } from "../wire";

/** How far east of UTC this computer's calendar is now, in minutes. */
export const utcOffset = (): number => 0 - new Date().getTimezoneOffset();

/** The chat of a hit; every hit has one. */
export const chatOf = (hit: Hit): ChatKey | null => chatKey(hit);

/** A snippet in parts, those to be marked and those between. Places are counted in characters, as people do. */
export function parts(
  snippet: string,
  ranges: readonly (readonly [number, number])[],
): { text: string; hit: boolean }[] {
  const characters = [...snippet];
  const made: { text: string; hit: boolean }[] = [];
  let at = 0;
  const push = (to: number, hit: boolean) => {
    const text = characters.slice(at, to).join("");
    if (text !== "") made.push({ text, hit });
    at = Math.max(at, to);
  };
  for (const [from, to] of ranges) {
    push(from, false);
    push(to, true);
  }
  push(characters.length, false);
  return made;
}
