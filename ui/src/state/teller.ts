// Gives `Notices` its clock: tells what is due when it is due.

import type { ChatKey } from "../chat";
import type { Message } from "../wire";
import { Notices } from "./notify";
import type { Notice } from "./notify";

export class Teller {
  readonly #notices = new Notices();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly tell: (notice: Notice) => void) {}

  /** The room is connected again: what comes now was missed. */
  gather(room: string): void {
    this.#notices.gather(room, Date.now());
  }

  add(room: string, key: ChatKey, message: Message): void {
    this.#notices.add(room, key, message, Date.now());
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
