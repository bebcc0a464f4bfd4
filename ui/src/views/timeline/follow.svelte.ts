// Where the timeline stands: it follows the end while the end is near, opens at what is new or where one was, and tells
// when an edge comes close. Knows the scrolling box and the list's measures, and nothing of messages' content.

import { tick } from "svelte";
import type { VirtualizerHandle } from "virtua/svelte";
import { keepPlace, placeIn } from "./places";
import { type Keyed, isOther, speaks, survivor } from "./steps";

/** Within this of the end the list follows it, in CSS pixels. */
const NEAR_END = 80;
/** More is asked for this many screens before an edge: WebKit holds back corrections of the place while it scrolls. */
const SCREENS_AHEAD = 2;
/** How much of what was read before stands above the "New" divider, in CSS pixels. */
const ABOVE_NEW = 120;

export interface Follows {
  /** Names the chat among all, to remember the place. */
  readonly id: () => string;
  readonly box: () => HTMLElement | undefined;
  readonly list: () => VirtualizerHandle | undefined;
  readonly rows: () => readonly Keyed[];
  readonly onEdge: (edge: "older" | "newer") => void;
}

export class Follow {
  /** The end is followed. */
  stick = $state(true);
  /** Placed and drawn once: before that nothing is known of the end. */
  ready = $state(false);
  #placed = false;
  #lastOffset = 0;

  constructor(private readonly at: Follows) {}

  /** The rows changed and are on the page. */
  settle(before: readonly Keyed[], now: readonly Keyed[]): void {
    const changed = before !== now;
    const mine = now.at(-1);
    // One's own words are always in sight.
    if (changed && mine?.type === "outbox" && !before.some((row) => row.key === mine.key)) this.stick = true;
    if (!this.#placed && now.some(speaks)) this.#place(now);
    else if (this.#placed && changed && isOther(before, now)) this.stick = true;
    if (this.stick) this.#toEnd();
    else if (this.#placed && changed) this.#hold(before, now);
    this.#edges();
  }

  scrolled(offset: number): void {
    if (this.#distance() <= NEAR_END) this.stick = true;
    else if (offset < this.#lastOffset - 1) this.stick = false;
    this.#lastOffset = offset;
    this.#remember(offset);
    this.#edges();
  }

  /** A row was measured or the window changed. The list has its new height only after the next update of the page. */
  async resized(): Promise<void> {
    if (!this.stick) return;
    await tick();
    if (this.stick) this.#toEnd();
  }

  jump(): void {
    keepPlace(this.at.id(), undefined);
    this.stick = true;
    this.#toEnd();
  }

  /** Where the chat opens: at what is new, where one was, else at the end. */
  #place(rows: readonly Keyed[]): void {
    this.#placed = true;
    const list = this.at.list();
    const news = rows.findIndex((row) => row.type === "new");
    const was = placeIn(this.at.id());
    const index = was ? rows.findIndex((row) => row.key === was.key) : -1;
    if (news >= 0) list?.scrollToIndex(news, { align: "start", offset: -ABOVE_NEW });
    else if (index >= 0 && was) list?.scrollToIndex(index, { align: "start", offset: was.past });
    this.stick = news < 0 && index < 0;
    // A short list does not scroll, so no event would tell that its end is in sight.
    requestAnimationFrame(() => {
      this.scrolled(list?.getScrollOffset() ?? 0);
      this.ready = true;
    });
  }

  /** Rows above what is read have disappeared: it stays where it is. The list itself knows only of rows that came. */
  #hold(before: readonly Keyed[], now: readonly Keyed[]): void {
    const was = placeIn(this.at.id());
    const top = was ? before.findIndex((row) => row.key === was.key) : -1;
    if (!was || top < 0) return;
    const next = survivor(before, now, top);
    if (next) this.at.list()?.scrollToIndex(next.now, { align: "start", offset: next.before === top ? was.past : 0 });
  }

  #distance(): number {
    const box = this.at.box();
    return box ? box.scrollHeight - box.scrollTop - box.clientHeight : 0;
  }

  #toEnd(): void {
    const box = this.at.box();
    if (box) box.scrollTop = box.scrollHeight;
  }

  #remember(offset: number): void {
    const list = this.at.list();
    const index = list?.findItemIndex(offset) ?? -1;
    const row = this.at.rows()[index];
    const past = offset - (list?.getItemOffset(index) ?? 0);
    keepPlace(this.at.id(), this.stick || !row ? undefined : { key: row.key, past });
  }

  #edges(): void {
    const box = this.at.box();
    if (!box || !this.#placed) return;
    const ahead = box.clientHeight * SCREENS_AHEAD;
    if (box.scrollTop < ahead) this.at.onEdge("older");
    if (this.#distance() < ahead) this.at.onEdge("newer");
  }
}
