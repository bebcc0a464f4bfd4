// One message at a time is a stop of the Tab key; the arrow keys move it, and the focus with it.

import { tick } from "svelte";
import type { VirtualizerHandle } from "virtua/svelte";
import { stepTo } from "./roving";
import { type Keyed, speaks } from "./steps";

const FRAMES_TO_MEASURE = 30;

export interface Roves {
  readonly box: () => HTMLElement | undefined;
  readonly list: () => VirtualizerHandle | undefined;
  readonly rows: () => readonly Keyed[];
}

export class Rover {
  /** The row that was chosen; the newest message as long as none was. */
  key = $state<string>();
  readonly index = $derived.by(() => {
    const rows = this.at.rows();
    const index = rows.findIndex((row) => row.key === this.key);
    return index >= 0 ? index : rows.findLastIndex(speaks);
  });

  constructor(private readonly at: Roves) {}

  async moved(event: KeyboardEvent): Promise<void> {
    if (event.altKey || !(event.target instanceof HTMLElement) || !event.target.closest("article")) return;
    const next = stepTo(this.at.rows(), this.index, event.key);
    if (next === undefined) return;
    event.preventDefault();
    const key = this.at.rows()[next]?.key;
    this.key = key;
    await tick();
    // A row that has just come is hidden until it is measured, and what is hidden takes no focus.
    for (let frame = 0; frame < FRAMES_TO_MEASURE && this.key === key && !this.#focus(key); frame++) {
      await new Promise(requestAnimationFrame);
    }
  }

  focused(event: FocusEvent): void {
    const index = (event.target as HTMLElement).closest<HTMLElement>("[data-index]")?.dataset.index;
    if (index !== undefined) this.key = this.at.rows()[Number(index)]?.key;
  }

  /** Whether the row has the focus now. */
  #focus(key: string | undefined): boolean {
    const index = this.at.rows().findIndex((row) => row.key === key);
    this.at.list()?.scrollToIndex(index, { align: "nearest" });
    const article = this.at.box()?.querySelector<HTMLElement>(`[data-index="${index}"] article`);
    article?.focus({ preventScroll: true });
    return article !== undefined && document.activeElement === article;
  }
}
