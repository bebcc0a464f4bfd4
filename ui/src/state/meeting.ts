// Looking for somebody who does the same: knows in which rooms that was begun here, and not in another window of mine.

import type { Here } from "./here.svelte";

export class Meeting {
  #seeks: readonly string[] = [];

  /** `onMet`: in a room where I looked for somebody, here is one. */
  constructor(
    private readonly here: Here,
    private readonly onMet: (room: string, other: string) => void,
  ) {}

  /** A pair I am in ends. */
  seek(room: string): void {
    this.#seeks = [...this.#seeks.filter((other) => other !== room), room];
    this.here.send(room, { type: "FIND_PAIR", data: {} });
  }

  /** The host has forgotten it in a break. */
  seekAgain(room: string): void {
    if (this.#seeks.includes(room)) this.seek(room);
  }

  /** Ends the waiting or the pair. */
  leave(room: string): void {
    this.#done(room);
    this.here.send(room, { type: "LEAVE_PAIR", data: {} });
  }

  paired(room: string, other: string): void {
    if (!this.#seeks.includes(room)) return;
    this.#done(room);
    this.onMet(room, other);
  }

  #done(room: string): void {
    this.#seeks = this.#seeks.filter((other) => other !== room);
  }
}
