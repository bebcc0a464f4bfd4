// Where the timeline stands: it follows the end while the end is near, opens at what is new or where one was, goes where it
// is sent, and tells when an edge comes close. Knows the scrolling box and the list's measures, and nothing of messages'
// content.

import { tick } from "svelte";
import type { VirtualizerHandle } from "virtua/svelte";
import { keepPlace, placeIn } from "./places";
import { type Keyed, isOther, speaks, survivor } from "./steps";

/** Within this of the end the list follows it, in CSS pixels. */
const NEAR_END = 80;
/** More is asked for this many screens before an edge: WebKit holds back corrections of the place while it scrolls. */
const SCREENS_AHEAD = 2;
/** A place that was gone to is settled when it has not moved for so many frames, and given up on after so many. */
const STILL_FRAMES = 3;
const LANDING_FRAMES = 60;
/** How much of what was read before stands above the "New" divider, in CSS pixels. */
const ABOVE_NEW = 120;

export interface Follows {
  /** Names the chat among all, to remember the place. */
  readonly id: () => string;
  readonly box: () => HTMLElement | undefined;
  readonly list: () => VirtualizerHandle | undefined;
  readonly rows: () => readonly Keyed[];
  /** The end of the list is the end of the chat. */
  readonly isWhole: () => boolean;
  /** The row that was sent for, and which sending it was. */
  readonly target: () => { readonly key: string; readonly id: number } | null;
  readonly onEdge: (edge: "older" | "newer") => void;
}

export class Follow {
  /** The end is followed. */
  stick = $state(true);
  /** Placed and drawn once: before that nothing is known of the end. */
  ready = $state(false);
  /** The row that was gone to last, anew each time. */
  landed = $state.raw<{ readonly key: string }>();
  /** Where the rows on the screen begin; undefined at the end. */
  top = $state<number>();
  #placed = false;
  #landing = false;
  #landedId = 0;
  #lastOffset = 0;

  constructor(private readonly at: Follows) {}

  /** The rows changed and are on the page. */
  settle(before: readonly Keyed[], now: readonly Keyed[]): void {
    const changed = before !== now;
    const mine = now.at(-1);
    // One's own words are always in sight.
    if (changed && mine?.type === "outbox" && !before.some((row) => row.key === mine.key)) this.stick = true;
    if (this.#goesTo(now)) return;
    if (!this.#placed && now.some(speaks)) this.#place(now);
    else if (this.#placed && changed && isOther(before, now)) this.stick = true;
    if (this.stick) this.#toEnd();
    else if (this.#placed && changed) this.#hold(before, now);
    this.edges();
  }

  scrolled(offset: number): void {
    if (this.#landing) return;
    // The end of a window that is not the end of the chat is passed by, not followed.
    if (this.#distance() <= NEAR_END) this.stick ||= this.at.isWhole();
    else if (offset < this.#lastOffset - 1) this.stick = false;
    this.#lastOffset = offset;
    this.#remember(offset);
    this.edges();
  }

  /** A row was measured or the window changed. The list has its new height only after the next update of the page. */
  async resized(): Promise<void> {
    if (!this.stick || this.#landing) return;
    await tick();
    if (this.stick) this.#toEnd();
  }

  /** Asks for more where an edge is near. */
  edges(): void {
    const box = this.at.box();
    if (!box || !this.#placed || this.#landing) return;
    const ahead = box.clientHeight * SCREENS_AHEAD;
    if (box.scrollTop < ahead) this.at.onEdge("older");
    if (this.#distance() < ahead) this.at.onEdge("newer");
  }

  /** To the end, once for each sending. */
  jump(id: number): void {
    if (id === this.#landedId) return;
    this.#landedId = id;
    keepPlace(this.at.id(), undefined);
    this.stick = true;
    this.#toEnd();
  }

  /** Whether a row was sent for that is here and was not gone to yet; then it is. */
  #goesTo(rows: readonly Keyed[]): boolean {
    const target = this.at.target();
    if (!target || target.id === this.#landedId) return false;
    const index = rows.findIndex((row) => row.key === target.key);
    if (index < 0) return false;
    this.#landedId = target.id;
    this.#placed = true;
    this.stick = false;
    void this.#land(index, target.key);
    return true;
  }

  /** Puts the row into the middle. Its neighbours are measured meanwhile, so nothing is loaded until it stands still. */
  async #land(index: number, key: string): Promise<void> {
    this.#landing = true;
    this.at.list()?.scrollToIndex(index, { align: "center" });
    for (let frames = 0, still = 0, before = NaN; frames < LANDING_FRAMES && still < STILL_FRAMES; frames++) {
      await new Promise(requestAnimationFrame);
      const place = this.at.box()?.querySelector(`[data-index="${index}"]`)?.getBoundingClientRect().top ?? NaN;
      still = place === before ? still + 1 : 0;
      before = place;
    }
    this.#landing = false;
    this.ready = true;
    this.landed = { key };
    this.scrolled(this.at.list()?.getScrollOffset() ?? 0);
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

  /** Rows in the midst, above what is read, have disappeared: it stays where it is. The list itself knows only of the start. */
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
    this.top = this.stick || !row ? undefined : index;
  }
}
