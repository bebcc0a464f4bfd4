// Leads the virtual list from the rows it shows to the rows it should show, one step after the other.

import { tick } from "svelte";
import { type Keyed, type Step, steps } from "./steps";

export class Stepper<R extends Keyed> {
  /** What the list shows now. */
  view: Step<R> = $state.raw({ rows: [], shift: false });
  #target: readonly R[];
  #moving = false;

  constructor(rows: readonly R[]) {
    this.view = { rows, shift: false };
    this.#target = rows;
  }

  /** Goes to `rows`; `settle` is told of each change when it is on the page. Rows that come meanwhile are next. */
  async advance(rows: readonly R[], settle: (before: readonly R[], now: readonly R[]) => void): Promise<void> {
    this.#target = rows;
    if (this.#moving) return;
    this.#moving = true;
    do {
      const goal = this.#target;
      const before = this.view.rows;
      if (goal !== before) for (const step of steps(before, goal)) await this.#show(step);
      await tick();
      settle(before, goal);
    } while (this.#target !== this.view.rows);
    this.#moving = false;
  }

  async #show(step: Step<R>): Promise<void> {
    this.view = step;
    await tick();
    // Left on, the next message at the end would push up what is read.
    if (step.shift) this.view = { rows: step.rows, shift: false };
  }
}
