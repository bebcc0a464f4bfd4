// Gives `Notices` its clock: tells what is due when it is due.

import { type ChatKey, chatOfMessage } from "../chat";
import type { Message } from "../wire";
import type { RoomState } from "./model";
import { isWorthy, Notices } from "./notify";
import type { Focus, Notice } from "./notify";
import { untilOf } from "./passing";

export class Teller {
  readonly #notices = new Notices();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly tell: (notice: Notice) => void) {}

  /** The room is connected again: what comes now was missed. */
  gather(room: string): void {
    this.#notices.gather(room, Date.now());
  }

  /** A message came; it is told of if it is worth it. `focus`: what the person looks at. */
  hear(room: RoomState, message: Message, focus: Focus | null): void {
    const key = chatOfMessage(message, room.me);
    if (!key || !isWorthy(room, key, message, focus)) return;
    this.#notices.add(room.id, key, message, Date.now(), untilOf(message, room.ahead));
    this.#ring();
  }

  /** The person looks at the chat. */
  seen(room: string, key: ChatKey): void {
    this.#notices.seen(room, key);
  }

  #ring(): void {
    clearTimeout(this.#timer);
    for (const notice of this.#notices.due(Date.now())) this.tell(notice);
    const next = this.#notices.next();
    if (next !== null) this.#timer = setTimeout(() => this.#ring(), Math.max(0, next - Date.now()));
  }
}
