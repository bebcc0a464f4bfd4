// The day that it is: what says "Today" says "Yesterday" after midnight, also where nothing else changes.

import { isSameDay } from "./day";

let moment = $state(Date.now());

/** Some moment of the day that it is, in milliseconds since 1970. */
export function today(): number {
  return moment;
}

/** What time it is now; who shows a day is told only when it is another one. */
export function setClock(now: number): void {
  if (!isSameDay(now, moment)) moment = now;
}
