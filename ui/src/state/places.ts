// Where the person was last in each room, so that a reload and a return lead back there.

import type { ChatKey } from "../chat";

const NAME = "landline.places";

export class Places {
  #chats: Readonly<Record<string, ChatKey>> = {};

  constructor(private readonly storage: Storage | null) {
    try {
      const kept: unknown = JSON.parse(storage?.getItem(NAME) ?? "{}");
      if (typeof kept === "object" && kept !== null) this.#chats = kept as Record<string, ChatKey>;
    } catch {
      // Nothing usable was kept.
    }
  }

  get(room: string): ChatKey | undefined {
    return this.#chats[room];
  }

  set(room: string, key: ChatKey): void {
    this.#chats = { ...this.#chats, [room]: key };
    try {
      this.storage?.setItem(NAME, JSON.stringify(this.#chats));
    } catch {
      // Storage is full or forbidden: it is remembered as long as the page.
    }
  }
}
