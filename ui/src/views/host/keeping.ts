// How long messages are kept, as one word of a list to choose from.

import { m } from "../../messages/messages.js";
import type { Keep } from "../../wire";

/** `30d`, `1000`, `forever`; for a topic also `usual`: as in all topics. */
export type Choice = string;

const OFFERED: readonly Choice[] = ["forever", "7d", "30d", "90d", "365d", "1000", "10000"];

/** What is offered, and what is so now. */
export const choices = (now: Choice): readonly Choice[] =>
  OFFERED.includes(now) || now === "usual" ? OFFERED : [...OFFERED, now];

export const wordOf = (keep: Keep | null): Choice => {
  if (keep === null) return "forever";
  return "days" in keep ? `${keep.days}d` : `${keep.messages}`;
};

export function keepOf(choice: Choice): Keep | null {
  const number = Number.parseInt(choice, 10);
  if (Number.isNaN(number)) return null;
  return choice.endsWith("d") ? { days: number } : { messages: number };
}

export function wordsOf(choice: Choice): string {
  const keep = keepOf(choice);
  if (keep === null) return m.keep_for_ever();
  return "days" in keep ? m.keep_days({ count: keep.days }) : m.keep_messages({ count: keep.messages });
}
