// Times in the reader's own locale and 12 or 24 hours. Formatters are made once: they are slow to make,
// and so is what they write.

import { today } from "../../state/today.svelte";
import { m } from "../../messages/messages.js";
import { remembered } from "./remember";

const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const DAY_AND_YEAR = new Intl.DateTimeFormat(undefined, { dateStyle: "full" });

/** 09:12 */
export const clock = remembered((stamp) => format(CLOCK, stamp));
/** Everything, for a title. */
export const fullTime = remembered((stamp) => format(FULL, stamp));

function format(with_: Intl.DateTimeFormat, stamp: string): string {
  const date = new Date(stamp);
  return Number.isNaN(date.getTime()) ? stamp : with_.format(date);
}

/** The local day as a key, so that two messages can be told to be of one day. */
export function dayKey(stamp: string): string {
  const date = new Date(stamp);
  return `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`;
}

/** Today, Yesterday, then the day, with its year if it is another one. */
export function dayName(stamp: string, now: Date = new Date(today())): string {
  const date = new Date(stamp);
  if (Number.isNaN(date.getTime())) return stamp;
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (dayKey(stamp) === dayKey(now.toISOString())) return m.today();
  if (dayKey(stamp) === dayKey(yesterday.toISOString())) return m.yesterday();
  return (date.getFullYear() === now.getFullYear() ? DAY : DAY_AND_YEAR).format(date);
}

/** When somebody or something was last seen: the day and the time. */
export function dayAndTime(stamp: string): string {
  return `${dayName(stamp)}, ${clock(stamp)}`;
}
