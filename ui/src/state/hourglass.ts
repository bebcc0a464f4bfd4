// One timer for the next message that disappears, however many there are.

/** Longest time that a timer can wait, in milliseconds. */
const LONGEST_MS = 2 ** 31 - 1;

export class Hourglass {
  #at = Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly onOver: () => void) {}

  /** Runs out at that time, in milliseconds since 1970; Infinity: never. */
  turn(at: number): void {
    if (at === this.#at) return;
    clearTimeout(this.#timer);
    this.#at = at;
    if (at === Infinity) return;
    const wait = Math.min(Math.max(0, at - Date.now()), LONGEST_MS);
    this.#timer = setTimeout(() => {
      this.#at = Infinity;
      this.onOver();
    }, wait);
  }
}
