// What counts as read: the open chat, while the window is in front and its end is visible; and the marks that tell so.

import type { ChatKey } from "../chat";
import type { Here } from "./here.svelte";
import * as intents from "./intents";
import { Marks } from "./marks";

export class Looking {
  readonly #marks: Marks;

  /** `onSeen`: the person looks at this chat. */
  constructor(
    private readonly here: Here,
    private readonly onSeen: (room: string, key: ChatKey) => void,
  ) {
    this.#marks = new Marks((room, frame) => here.send(room, frame));
  }

  /** The open chat counts as read while the window is in front and its end is visible. */
  look(): void {
    if (!this.here.focused) return;
    this.here.inChat((room, key) => {
      this.onSeen(room, key);
      if (this.here.latest.rooms[room]?.chats[key]?.atEnd) this.markRead(room, key);
    });
  }

  /** The end of the loaded messages came into sight, or went. */
  atEnd(visible: boolean): void {
    this.here.inChat((room, key) => {
      this.here.live.changeNow(intents.setAtEnd(this.here.latest, room, key, visible));
      this.here.do(room, intents.fill(this.here.latest, room, key));
    });
    this.look();
  }

  markRead(room: string, key: ChatKey): void {
    const { state, frames } = intents.markRead(this.here.latest, room, key);
    this.here.live.change(state);
    for (const frame of frames) if (frame.type === "MARK_READ") this.#marks.mark(room, key, frame.data.seq);
  }

  /** The host knows of less than I have read: a mark was lost on the way. */
  joined(room: string, key: ChatKey, read: number): void {
    const chat = this.here.latest.rooms[room]?.chats[key];
    if (chat && chat.read > read && chat.read > 0) this.#marks.mark(room, key, chat.read);
  }

  /** The window goes out of sight, perhaps for good: what was read is told. */
  flush(): void {
    this.#marks.flush();
  }
}
