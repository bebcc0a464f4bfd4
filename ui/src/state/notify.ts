// Which messages somebody should be told of, and how many at a time: one notice a chat, and one for a whole room when a
// break has just ended. Holds no words: `Notices` gives counts, telling.ts words them.

import type { ChatKey } from "../chat";
import type { Message } from "../wire";
import type { RoomState } from "./model";
import { isPassing } from "./passing";

/** After a reconnect, messages are collected until none came for this long, in milliseconds. */
export const GATHER_MS = 800;
/** After a notice of a chat, the next ones of the same chat are collected for this long. */
export const CHAT_PAUSE_MS = 3_000;

/** Where the person looks; null: nowhere here. */
export interface Focus {
  readonly room: string;
  readonly key: ChatKey;
}

/** What to tell: of one chat, or (`key` null) of a whole room. `last` is the newest message. */
export interface Notice {
  readonly room: string;
  readonly key: ChatKey | null;
  readonly count: number;
  readonly last: Message;
}

/** Whether the message is worth a notice: of another, in a chat I am in, unread, and not where I look. */
export function isWorthy(room: RoomState, key: ChatKey, message: Message, focus: Focus | null): boolean {
  const chat = room.chats[key];
  if (message.from === room.me || !chat?.joined) return false;
  if (isPassing(message) ? !chat.unseen.includes(message) : message.seq <= chat.read) return false;
  return focus?.room !== room.id || focus.key !== key;
}

interface Waiting {
  readonly message: Message;
  /** When it disappears; Infinity: it stays. */
  readonly until: number;
}

/** Collects worthy messages and says when to tell of them. Time comes in as milliseconds; there is no timer inside. */
export class Notices {
  readonly #waiting = new Map<string, Map<ChatKey, Waiting[]>>();
  readonly #toldAt = new Map<string, number>();
  /** Rooms that are catching up, and since when nothing came. */
  readonly #gathering = new Map<string, number>();

  /** The room is connected again: what comes now was missed. */
  gather(room: string, now: number): void {
    this.#gathering.set(room, now);
  }

  /** `until`: when the message disappears. */
  add(room: string, key: ChatKey, message: Message, now: number, until = Infinity): void {
    const quietSince = this.#gathering.get(room);
    // The catching up was over long ago, and nothing of it waits.
    const isOver = quietSince !== undefined && now - quietSince >= GATHER_MS && !this.#waiting.get(room)?.size;
    if (isOver) this.#gathering.delete(room);
    const chats = this.#waiting.get(room) ?? new Map<ChatKey, Waiting[]>();
    this.#waiting.set(room, chats);
    chats.set(key, [...(chats.get(key) ?? []), { message, until }]);
    if (this.#gathering.has(room)) this.#gathering.set(room, now);
  }

  /** The person looks at the chat: nothing more to tell of it. */
  seen(room: string, key: ChatKey): void {
    this.#waiting.get(room)?.delete(key);
    this.#toldAt.delete(`${room} ${key}`);
  }

  /** What is due now. */
  due(now: number): Notice[] {
    const notices: Notice[] = [];
    for (const [room, chats] of this.#waiting) {
      dropOver(chats, now);
      const quietSince = this.#gathering.get(room);
      if (quietSince !== undefined && now - quietSince < GATHER_MS) continue;
      if (quietSince !== undefined && chats.size > 1) notices.push(this.#summary(room, chats));
      else notices.push(...this.#single(room, chats, now));
    }
    for (const [room, quietSince] of this.#gathering) {
      if (now - quietSince >= GATHER_MS) this.#gathering.delete(room);
    }
    return notices;
  }

  /** When `due` has something next, or null. */
  next(): number | null {
    let next: number | null = null;
    for (const [room, chats] of this.#waiting) {
      const gathered = (this.#gathering.get(room) ?? -Infinity) + GATHER_MS;
      for (const key of chats.keys()) {
        const paused = (this.#toldAt.get(`${room} ${key}`) ?? -Infinity) + CHAT_PAUSE_MS;
        const at = Math.max(gathered, paused);
        next = next === null ? at : Math.min(next, at);
      }
    }
    return next;
  }

  #summary(room: string, chats: Map<ChatKey, Waiting[]>): Notice {
    const all = [...chats.values()];
    const count = all.reduce((sum, waiting) => sum + waiting.length, 0);
    chats.clear();
    return { room, key: null, count, last: all.at(-1)!.at(-1)!.message };
  }

  #single(room: string, chats: Map<ChatKey, Waiting[]>, now: number): Notice[] {
    const notices: Notice[] = [];
    for (const [key, waiting] of chats) {
      const name = `${room} ${key}`;
      if (now - (this.#toldAt.get(name) ?? -Infinity) < CHAT_PAUSE_MS) continue;
      this.#toldAt.set(name, now);
      chats.delete(key);
      notices.push({ room, key, count: waiting.length, last: waiting.at(-1)!.message });
    }
    return notices;
  }
}

/** Nobody is told of what has disappeared meanwhile. */
function dropOver(chats: Map<ChatKey, Waiting[]>, now: number): void {
  for (const [key, waiting] of chats) {
    const living = waiting.filter(({ until }) => until > now);
    if (living.length === 0) chats.delete(key);
    else if (living.length < waiting.length) chats.set(key, living);
  }
}
