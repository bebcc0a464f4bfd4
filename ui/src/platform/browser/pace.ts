// A token bucket a little smaller and slower than the host's, so that messages which the network bunches up still pass.

import type { Clock } from "./clock";

/** Share of the host's rate that we use. */
const CAUTION = 0.95;

export class Pace {
  #most = Infinity;
  #perMs = 0;
  #tokens = Infinity;
  #countedAt = 0;

  constructor(private readonly clock: Clock) {}

  /** The host's limits; 0: none. Tokens that were spent before stay spent: the host counts a person, not a session. */
  limit(burst: number, perSecond: number): void {
    this.#refill();
    this.#most = burst === 0 || perSecond === 0 ? Infinity : Math.max(1, burst - 1);
    this.#perMs = (perSecond * CAUTION) / 1_000;
    this.#tokens = Math.min(this.#tokens, this.#most);
  }

  /** When the next message may go. */
  next(): number {
    this.#refill();
    if (this.#tokens >= 1) return this.clock.now();
    return this.clock.now() + Math.ceil((1 - this.#tokens) / this.#perMs);
  }

  spend(): void {
    this.#refill();
    this.#tokens -= 1;
  }

  #refill(): void {
    const now = this.clock.now();
    const since = now - this.#countedAt;
    this.#countedAt = now;
    if (since > 0) this.#tokens = Math.min(this.#most, this.#tokens + since * this.#perMs);
  }
}
