// What a row of the timeline can ask for.

import type { Message } from "../../wire";

export interface Actions {
  link(url: string): void;
  copy(text: string): Promise<void>;
  retry(messageId: string): void;
  discard(messageId: string): void;
  /** What is known of a message of mine: when, and who has seen it. */
  details?(message: Message): void;
}
