// How a person or a room is drawn when there is no picture: up to two letters and one of six colours.

import { remembered } from "./remember";

const SEGMENTER =
  typeof Intl.Segmenter === "function" ? new Intl.Segmenter(undefined, { granularity: "grapheme" }) : undefined;

/** The first thing a person sees as one sign, also of an emoji or a combined letter. */
function firstSign(word: string): string {
  if (!SEGMENTER) return Array.from(word)[0] ?? "";
  for (const { segment } of SEGMENTER.segment(word)) return segment;
  return "";
}

/** Up to two signs: of the first and the last word of a name. */
export const initials = remembered((name) => {
  const words = name.split(/[\s_-]+/u).filter((word) => /[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(word));
  const first = firstSign(words[0] ?? name.trim());
  const last = words.length > 1 ? firstSign(words.at(-1) ?? "") : "";
  return (/\p{L}/u.test(last) ? first + last : first).toLocaleUpperCase();
});

/** The one sign of a room. */
export function sign(name: string): string {
  return initials(name.split(/\s+/u)[0] ?? name) || "#";
}

/** 1 to 6, the same for the same id everywhere. */
export function hue(id: string): number {
  let sum = 7;
  for (const char of id.toLowerCase()) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) % 9973;
  return (sum % 6) + 1;
}
