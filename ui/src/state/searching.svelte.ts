// A search while it is typed: asks once the person pauses, takes the answer to the last question only, and goes on in
// pages. It belongs to the view that shows it, and is loaded with it.

import { type ChatKey, placeOf } from "../chat";
import type { ClientFrame, Hit, ServerFrame } from "../wire";
import { utcOffset } from "./hits";

type SearchData = Extract<ClientFrame, { type: "SEARCH" }>["data"];

/** How long a pause in typing is. */
export const PAUSE_MS = 150;
/** Hits asked for at once. */
const PAGE = 20;
/** An answer that does not come is no answer: the connection broke. */
const PATIENCE_MS = 8_000;
/** Pages without a hit that are asked for one after another: the host looks for a moment at a time. */
const EMPTY_PAGES = 40;

/** How it stands. `idle`: nothing was asked yet. */
export type Stand = "idle" | "asking" | "found" | "failed";

let numbers = 0;

export class Searching {
  query = $state("");
  /** In this chat only; null: everywhere. */
  chat = $state<ChatKey | null>(null);
  stand = $state<Stand>("idle");
  hits = $state.raw<readonly Hit[]>([]);
  more = $state(false);
  /** Messages that the host has not indexed yet. */
  pending = $state(0);
  /** Why it failed, in the host's words; empty where nobody answered. */
  fault = $state("");

  #asked: SearchData | null = null;
  #cursor: string | undefined;
  #empty = 0;
  #pause: ReturnType<typeof setTimeout> | undefined;
  #patience: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly ask: (data: SearchData) => void) {}

  /** The person typed, or chose where to look. */
  change(query: string, chat: ChatKey | null): void {
    if (query === this.query && chat === this.chat) return;
    this.query = query;
    this.chat = chat;
    clearTimeout(this.#pause);
    if (query.trim() === "") {
      this.#asked = null;
      this.#rest("idle", []);
      return;
    }
    this.#pause = setTimeout(() => this.#begin(), PAUSE_MS);
  }

  /** Asks at once, as with Enter while nothing was found yet, or after a failure. */
  now(): void {
    clearTimeout(this.#pause);
    if (this.query.trim() !== "") this.#begin();
  }

  /** The next page. */
  next(): void {
    if (this.stand !== "found" || !this.more || this.#asked === null) return;
    this.#empty = 0;
    this.#go({ ...this.#asked, ...(this.#cursor === undefined ? {} : { cursor: this.#cursor }) });
  }

  /** A frame of the room that is searched. */
  hear(frame: ServerFrame): void {
    const asked = this.#asked?.search_id;
    if (asked === undefined) return;
    if (frame.type === "FOUND" && frame.data.search_id === asked) {
      const { hits, more, cursor, pending } = frame.data;
      this.#cursor = cursor;
      this.#empty = hits.length === 0 ? this.#empty + 1 : 0;
      this.more = more;
      this.pending = pending ?? 0;
      const all = [...this.#before, ...hits];
      if (hits.length === 0 && more && this.#empty < EMPTY_PAGES) {
        this.#before = all;
        this.#go({ ...this.#asked, ...(cursor === undefined ? {} : { cursor }) } as SearchData);
        return;
      }
      this.#rest("found", all);
    } else if (frame.type === "ERROR" && frame.data.details.search_id === asked) {
      const wait = frame.data.details.retry_after_ms;
      if (wait !== undefined) {
        // Typing is not to be punished: it is asked again, by itself.
        clearTimeout(this.#pause);
        this.#pause = setTimeout(() => this.#asked && this.#go(this.#asked), wait);
        return;
      }
      this.fault = frame.data.message;
      this.#rest("failed", this.#before);
    }
  }

  /** Nobody looks any more. */
  stop(): void {
    clearTimeout(this.#pause);
    clearTimeout(this.#patience);
    this.#asked = null;
  }

  #before: readonly Hit[] = [];

  #begin(): void {
    this.#cursor = undefined;
    this.#empty = 0;
    this.#before = [];
    this.#go({
      query: this.query,
      limit: PAGE,
      // Days are those of this computer's calendar.
      utc_offset: utcOffset(),
      ...(this.chat === null ? {} : placeOf(this.chat)),
    });
  }

  #go(data: SearchData): void {
    this.#asked = { ...data, search_id: ++numbers };
    if (data.cursor !== undefined && this.stand === "found") this.#before = this.hits;
    this.stand = "asking";
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => {
      this.fault = "";
      this.#asked = null;
      this.#rest("failed", this.#before);
    }, PATIENCE_MS);
    this.ask(this.#asked);
  }

  #rest(stand: Stand, hits: readonly Hit[]): void {
    clearTimeout(this.#patience);
    this.stand = stand;
    this.hits = hits;
    if (stand !== "found") this.more = false;
  }
}
