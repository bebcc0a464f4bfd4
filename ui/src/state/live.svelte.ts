// The one reactive cell. `latest` is always true; `shown` follows it at most once a frame of the screen, so that a burst
// of events is drawn once. What the person did is shown at once.

import { emptyState } from "./model";
import type { AppState } from "./model";

/** One frame of a 60 Hz screen, in milliseconds. A timer and not the screen's own clock: that stands in hidden windows. */
const SHOW_EVERY_MS = 16;

export class Live {
  shown = $state.raw<AppState>(emptyState);
  latest: AppState = emptyState;
  #shownAt = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly onShown: (state: AppState) => void) {}

  change(next: AppState): void {
    if (next === this.latest) return;
    this.latest = next;
    if (this.#timer !== undefined) return;
    const wait = this.#shownAt + SHOW_EVERY_MS - performance.now();
    if (wait <= 0) this.#show();
    else this.#timer = setTimeout(() => this.#show(), wait);
  }

  changeNow(next: AppState): void {
    // A view that scrolls near an edge asks for more with each event of it, which mostly changes nothing.
    if (next === this.latest && this.#timer === undefined) return;
    this.latest = next;
    this.#show();
  }

  #show(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#shownAt = performance.now();
    this.shown = this.latest;
    this.onShown(this.latest);
  }
}
