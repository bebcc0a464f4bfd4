// Reading a chat from its beginning, page by page, beside what is on screen: the pages that were asked for here do not go
// into the chat's window.

import { chatKey, type ChatKey, placeOf } from "../../chat";
import { PAGE_MAX } from "../../wire";
import type { ClientFrame, History, Message, PlatformEvent } from "../../wire";

/** A page does not come for so long: the connection is not well. */
const PATIENCE_MS = 15_000;

/** The connection broke while a chat was read. */
export class Broken extends Error {}

/** What a reader gets, in order. `gap`: messages are missing there that the room keeps no longer. */
export interface Piece {
  readonly gap: boolean;
  readonly messages: readonly Message[];
}

/** One chat that is being read. */
export class Reading {
  #wanted: number | null = null;
  #come: (page: History) => void = () => {};
  #fail: (error: Broken) => void = () => {};

  constructor(
    readonly room: string,
    readonly key: ChatKey,
    private readonly send: (frame: ClientFrame) => void,
  ) {}

  /** Whether an event is this reader's own, so that nobody else should look at it. */
  takes(event: PlatformEvent): boolean {
    if (this.#wanted === null || !("room" in event) || event.room !== this.room) return false;
    if (event.type === "connection" && event.connection.state !== "online") this.#fail(new Broken());
    if (event.type !== "frame" || event.frame.type !== "HISTORY") return false;
    const page = event.frame.data;
    if (page.after !== this.#wanted || chatKey(page) !== this.key) return false;
    this.#wanted = null;
    this.#come(page);
    return true;
  }

  /** The whole chat. Rejects with `Broken`. */
  async *all(): AsyncGenerator<Piece> {
    let reached = 0;
    for (;;) {
      const page = await this.#page(reached);
      // What disappears is in no log, and is not taken out of the room.
      const messages = page.messages.filter((message) => message.expires_at === undefined);
      const begins = Math.max(page.oldest ?? 1, messages[0]?.seq ?? 1);
      yield { gap: begins > reached + 1, messages };
      const last = messages.at(-1)?.seq;
      if (!page.more || last === undefined) return;
      reached = last;
    }
  }

  #page(after: number): Promise<History> {
    return new Promise<History>((resolve, reject) => {
      const patience = setTimeout(() => this.#fail(new Broken()), PATIENCE_MS);
      const done = () => {
        clearTimeout(patience);
        this.#wanted = null;
      };
      this.#come = (page) => {
        done();
        resolve(page);
      };
      this.#fail = (error) => {
        done();
        reject(error);
      };
      this.#wanted = after;
      this.send({ type: "HISTORY", data: { ...placeOf(this.key), after, limit: PAGE_MAX } });
    });
  }
}
