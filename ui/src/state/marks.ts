// Read marks on their way out: the first of a chat at once, later ones at most once a second with the newest position.

import { type ChatKey, placeOf } from "../chat";
import type { ClientFrame } from "../wire";

/** Least time between two marks of the same chat, in milliseconds. */
const MARK_EVERY_MS = 1_000;

export class Marks {
  /** Per chat, the newest position, and the one that was sent last. */
  readonly #pausing = new Map<string, { room: string; key: ChatKey; seq: number; sent: number }>();

  constructor(private readonly send: (room: string, frame: ClientFrame) => void) {}

  mark(room: string, key: ChatKey, seq: number): void {
    const name = `${room} ${key}`;
    const pausing = this.#pausing.get(name);
    if (pausing) {
      pausing.seq = Math.max(pausing.seq, seq);
      return;
    }
    this.#say(room, key, seq);
    const entry = { room, key, seq, sent: seq };
    this.#pausing.set(name, entry);
    setTimeout(() => {
      this.#pausing.delete(name);
      if (entry.seq > entry.sent) this.mark(room, key, entry.seq);
    }, MARK_EVERY_MS);
  }

  /** Sends what waits: the window goes out of sight, perhaps for good. */
  flush(): void {
    for (const entry of this.#pausing.values()) {
      if (entry.seq > entry.sent) this.#say(entry.room, entry.key, entry.seq);
      entry.sent = entry.seq;
    }
  }

  #say(room: string, key: ChatKey, seq: number): void {
    this.send(room, { type: "MARK_READ", data: { ...placeOf(key), seq } });
  }
}
