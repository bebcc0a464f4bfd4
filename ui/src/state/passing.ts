// Messages that disappear (docs/protocol.md "Messages that disappear"). They have no place in the log: each stands behind
// the message whose `seq` it names, is known by `from` and `message_id`, and is in memory until its time is over.

import type { Message } from "../wire";
import { PASSING_MAX } from "./model";
import type { AppState, ChatState, OutboxEntry, RoomState } from "./model";

export const isPassing = (message: Message): boolean => message.expires_at !== undefined;

/** When it is gone, in milliseconds since 1970 of this device; `ahead` as in `RoomState`. Infinity: it stays. */
export function untilOf(message: Message, ahead: number): number {
  if (message.expires_at === undefined) return Infinity;
  const at = Date.parse(message.expires_at);
  // A time that cannot be read is over: what should disappear does.
  return Number.isNaN(at) ? 0 : at - ahead;
}

/** The order of the log: behind the message with the same `seq`, and among themselves by `order`. */
export function byPlace(a: Placed, b: Placed): number {
  return a.seq - b.seq || (a.order ?? -1) - (b.order ?? -1);
}

export interface Placed {
  readonly seq: number;
  readonly order?: number;
}

/** Those messages put in, without what is here already or is over. `live`: they came now, so they are new to me. */
export function putPassing(
  chat: ChatState,
  messages: readonly Message[],
  room: Pick<RoomState, "me" | "ahead">,
  now: number,
  live: boolean,
): ChatState {
  const here = new Set(chat.passing.map(keyOf));
  const fresh = messages.filter((message) => {
    const key = keyOf(message);
    if (here.has(key) || untilOf(message, room.ahead) <= now) return false;
    here.add(key);
    return true;
  });
  const outbox = withoutMine(chat.outbox, messages, room.me);
  if (fresh.length === 0) return outbox === chat.outbox ? chat : { ...chat, outbox };
  const passing = [...chat.passing, ...fresh].sort(byPlace).slice(-PASSING_MAX);
  const kept = new Set(passing);
  const news = live ? fresh.filter((message) => message.from !== room.me) : [];
  const unseen = [...chat.unseen, ...news].filter((message) => kept.has(message));
  const authors = new Set(fresh.map((message) => message.from));
  const typing = live ? chat.typing.filter((person) => !authors.has(person.user_id)) : chat.typing;
  return { ...chat, passing, unseen, outbox, typing };
}

/** Takes away what is over, with everything that was told of it. */
export function expirePassing(chat: ChatState, ahead: number, now: number): ChatState {
  const isOver = (message: Message) => untilOf(message, ahead) <= now;
  const acked = chat.outbox.some((entry) => (entry.until ?? Infinity) <= now);
  if (!acked && !chat.passing.some(isOver)) return chat;
  return {
    ...chat,
    passing: chat.passing.filter((message) => !isOver(message)),
    unseen: chat.unseen.filter((message) => !isOver(message)),
    outbox: acked ? chat.outbox.filter((entry) => (entry.until ?? Infinity) > now) : chat.outbox,
  };
}

/** A host that started again has forgotten them, and so do we. */
export function forgetOtherLives(chat: ChatState, epoch: string): ChatState {
  if (chat.passing.every((message) => message.epoch === epoch)) return chat;
  const lives = (message: Message) => message.epoch === epoch;
  const cut = chat.cut ?? (chat.ttl === null ? null : "replaced");
  return { ...chat, passing: chat.passing.filter(lives), unseen: chat.unseen.filter(lives), cut };
}

/** I have read up to `seq`, elsewhere: what stands behind an earlier message was seen with it. */
export function seenUpTo(unseen: readonly Message[], seq: number): readonly Message[] {
  return unseen.some((message) => message.seq < seq) ? unseen.filter((message) => message.seq >= seq) : unseen;
}

/** When the next message disappears, in milliseconds since 1970 of this device; Infinity: none will. */
export function nextExpiry(state: AppState): number {
  let next = Infinity;
  for (const room of Object.values(state.rooms)) {
    for (const chat of Object.values(room.chats)) {
      for (const message of chat.passing) next = Math.min(next, untilOf(message, room.ahead));
      for (const entry of chat.outbox) next = Math.min(next, entry.until ?? Infinity);
    }
  }
  return next;
}

const keyOf = (message: Message): string => `${message.from} ${message.message_id}`;

function withoutMine(outbox: readonly OutboxEntry[], messages: readonly Message[], me: string): readonly OutboxEntry[] {
  if (outbox.length === 0) return outbox;
  const mine = new Set(messages.filter((message) => message.from === me).map((message) => message.message_id));
  const rest = outbox.filter((entry) => !mine.has(entry.message_id));
  return rest.length === outbox.length ? outbox : rest;
}
