// How far others have read. In small topics and direct chats the host tells it; in large topics one asks.

import type { Seen, SeenBy } from "../wire";
import type { ChatState } from "./model";

export function applySeen(chat: ChatState, { markers, complete, many }: Seen): ChatState {
  const seen: Record<string, number> = complete ? {} : { ...chat.seen };
  // Markers only rise; in what order two frames came does not matter.
  for (const { user_id, seq } of markers) seen[user_id] = Math.max(seen[user_id] ?? 0, seq);
  return { ...chat, seen, seenByAsking: many ?? false };
}

/** A page of those who have read a message: it continues the one before, or replaces the answer about another. */
export function applySeenBy(chat: ChatState, answer: SeenBy): ChatState {
  const before = chat.seenBy?.seq === answer.seq && chat.seenBy.more ? chat.seenBy.people : [];
  const fresh = answer.people.filter((person) => !before.some((known) => known.user_id === person.user_id));
  return { ...chat, seenBy: { ...answer, people: [...before, ...fresh] } };
}

/** Who has read the message at `seq`, me and its author left out. */
export function readersOf(chat: ChatState, seq: number, ...but: string[]): string[] {
  return Object.entries(chat.seen)
    .filter(([user, read]) => read >= seq && !but.includes(user))
    .map(([user]) => user);
}
