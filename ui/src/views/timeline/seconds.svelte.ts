// One clock for all that counts down: it ticks only while somebody looks at it, and whoever reads it is drawn anew, no
// one else.

import { createSubscriber } from "svelte/reactivity";

const TICK_MS = 1_000;

class Seconds {
  readonly #watch = createSubscriber((update) => {
    const timer = setInterval(update, TICK_MS);
    return () => clearInterval(timer);
  });

  /** Milliseconds since 1970, a second old at most. */
  get now(): number {
    this.#watch();
    return Date.now();
  }
}

export const seconds = new Seconds();
