// What the person is told of outside of the page, while they look elsewhere: messages, and somebody who was met. Gives
// notices their words, and none where the settings say no.

import { type ChatKey, placeOf } from "../chat";
import type { Platform } from "../platform/platform";
import type { Message } from "../wire";
import type { Here } from "./here.svelte";
import type { Focus } from "./notify";
import { Teller } from "./teller";
import { personName } from "./title";
import { wordMet, wordNotice } from "./words";

export class Telling {
  readonly #teller: Teller;

  constructor(
    private readonly here: Here,
    private readonly platform: Pick<Platform, "notify">,
  ) {
    this.#teller = new Teller((notice) => {
      const place = notice.key === null ? {} : placeOf(notice.key);
      platform.notify({ room: notice.room, ...place, ...wordNotice(here.latest, notice) });
    });
  }

  /** The room is connected again: what comes now was missed. */
  gather(room: string): void {
    this.#teller.gather(room);
  }

  /** The person looks at the chat. */
  seen(room: string, key: ChatKey): void {
    this.#teller.seen(room, key);
  }

  ofMessage(roomId: string, message: Message): void {
    const { rooms, boot } = this.here.latest;
    const room = rooms[roomId];
    if (!room || boot?.settings.notifications === false) return;
    let focus: Focus | null = null;
    if (this.here.focused) this.here.inChat((room, key) => (focus = { room, key }));
    this.#teller.hear(room, message, focus);
  }

  ofMeeting(room: string, other: string): void {
    const { boot, rooms } = this.here.latest;
    if (this.here.focused || boot?.settings.notifications === false) return;
    const name = rooms[room] ? personName(rooms[room], other) : "";
    this.platform.notify({ room, with: other, ...wordMet(this.here.latest, room, name) });
  }
}
