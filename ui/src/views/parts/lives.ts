// How long a message lives, in words, and how much of it is left.

import { m } from "../../messages/messages.js";
import type { Keep } from "../../wire";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The largest unit that counts it exactly. */
function inUnits<T>(seconds: number, of: Record<"days" | "hours" | "minutes" | "seconds", (count: number) => T>): T {
  if (seconds >= DAY && seconds % DAY === 0) return of.days(seconds / DAY);
  if (seconds >= HOUR && seconds % HOUR === 0) return of.hours(seconds / HOUR);
  if (seconds >= MINUTE && seconds % MINUTE === 0) return of.minutes(seconds / MINUTE);
  return of.seconds(seconds);
}

/** 30 seconds */
export const lifeWords = (seconds: number): string =>
  inUnits(seconds, {
    days: (count) => m.life_days({ count }),
    hours: (count) => m.life_hours({ count }),
    minutes: (count) => m.life_minutes({ count }),
    seconds: (count) => m.life_seconds({ count }),
  });

/** 30 s */
export const lifeShort = (seconds: number): string =>
  inUnits(seconds, {
    days: (count) => m.life_days_short({ count }),
    hours: (count) => m.life_hours_short({ count }),
    minutes: (count) => m.life_minutes_short({ count }),
    seconds: (count) => m.life_seconds_short({ count }),
  });

/** 0:23, 4:59; beyond an hour only the hours that have begun. */
export function leftWords(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  if (seconds >= HOUR) return m.life_hours_short({ count: Math.ceil(seconds / HOUR) });
  return `${Math.floor(seconds / MINUTE)}:${String(seconds % MINUTE).padStart(2, "0")}`;
}

/** messages are kept 30 days */
export const keptWords = (keep: Keep): string =>
  "days" in keep ? m.kept_days({ count: keep.days }) : m.kept_messages({ count: keep.messages });
