// A guest's acknowledged messages, in memory, in case the host loses them: a backup that was put back, a disk that lied.
// After another epoch each chat is asked about once, by the place of the newest; if that is not there any more, all that is
// kept of it is offered again under its ids, and the host knows doubles by these (docs/decisions/016).

import type { ChatKey } from "../../chat";
import { chatKey, placeOf } from "../../chat";
import type { ClientFrame, History, OutboxMessage } from "../../wire";

/** Kept of one chat; the oldest go first. They cost pace when they are offered, so they are few. */
export const KEPT_PER_CHAT = 100;

interface Kept {
  readonly message: OutboxMessage;
  readonly epoch: string;
  readonly seq: number;
}

export class KeptMessages {
  readonly #chats = new Map<ChatKey, Kept[]>();
  /** In doubt: not asked about yet (null), or asked about this place. */
  readonly #doubts = new Map<ChatKey, Kept | null>();

  /** The host has it there. What disappears is never kept. */
  add(message: OutboxMessage, epoch: string, seq: number): void {
    const key = chatKey(message);
    if (!key) return;
    const others = (this.#chats.get(key) ?? []).filter((kept) => kept.message.message_id !== message.message_id);
    const kept = [...others, { message, epoch, seq }].sort((a, b) => a.seq - b.seq);
    this.#chats.set(key, kept.slice(-KEPT_PER_CHAT));
  }

  /** A session in this life of the host's logs. */
  opened(epoch: string): void {
    this.#doubts.clear();
    for (const [key, kept] of this.#chats) if (kept.some((one) => one.epoch !== epoch)) this.#doubts.set(key, null);
  }

  ended(): void {
    this.#doubts.clear();
  }

  /** What was asked about stays as it is until another session; whether there was anything. */
  giveUp(): boolean {
    const asked = [...this.#doubts].filter(([, kept]) => kept !== null);
    for (const [key] of asked) this.#doubts.delete(key);
    return asked.length > 0;
  }

  /** What waits for this chat has to wait for an answer. */
  inDoubt(key: ChatKey | null): boolean {
    return key !== null && this.#doubts.has(key);
  }

  /** The chat can be asked about: the question, if there is one. */
  question(key: ChatKey): ClientFrame | null {
    const newest = this.#doubts.get(key) === null ? this.#chats.get(key)?.at(-1) : undefined;
    if (!newest) return null;
    this.#doubts.set(key, newest);
    return { type: "HISTORY", data: { ...placeOf(key), after: newest.seq - 1, limit: 1 } };
  }

  /** The direct chats in doubt. */
  direct(): ChatKey[] {
    return [...this.#doubts.keys()].filter((key) => key.startsWith("@"));
  }

  /** Null: it answers no question of ours. Otherwise what the host has lost, in its order. */
  answered(history: History, me: string, epoch: string): readonly OutboxMessage[] | null {
    const key = chatKey(history);
    const asked = key ? this.#doubts.get(key) : undefined;
    const [first, second] = history.messages.filter((message) => message.expires_at === undefined);
    if (!key || !asked || history.after !== asked.seq - 1 || second) return null;
    // A log has no holes: one that goes on behind this place had it, and let go of it on purpose.
    const { message_id } = asked.message;
    const isMine = first?.from === me && first.message_id === message_id;
    const isRemoved = (history.oldest ?? 0) > asked.seq || (first !== undefined && first.seq > asked.seq);
    return this.settle(key, epoch, isRemoved || isMine);
  }

  /** The chat is out of doubt: what it held is there, or is not. */
  settle(key: ChatKey, epoch: string, isThere: boolean): readonly OutboxMessage[] {
    this.#doubts.delete(key);
    const kept = this.#chats.get(key) ?? [];
    if (isThere) {
      this.#chats.set(
        key,
        kept.map((one) => ({ ...one, epoch })),
      ); // asked in this life
      return [];
    }
    this.#chats.delete(key);
    return kept.map((one) => one.message);
  }
}
