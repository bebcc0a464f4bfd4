// The day that it is: what says "Today" says "Yesterday" after midnight, also where nothing else changes.

let moment = $state(Date.now());

/** Some moment of the day that it is. */
export function today(): Date {
  return new Date(moment);
}

/** What time it is now, in milliseconds since 1970; who shows a day is told only when it is another one. */
export function setClock(now: number): void {
  if (new Date(now).toDateString() !== new Date(moment).toDateString()) moment = now;
}
