// Into a room: which of its chats is shown first.

import { type ChatKey, topicKey } from "../chat";
import type { RoomState } from "./model";

/** Where everybody starts. */
export const LOBBY = topicKey("lobby");

/**
 * The chat to open first: the wished one (from the page's address) or that of the last visit, as soon as it is there; else
 * the lobby or any other, once all are told (`orOther`) or there was no last visit. Undefined: not yet.
 */
export function firstChat(
  room: RoomState,
  wish: ChatKey | null,
  lastVisit: ChatKey | undefined,
  orOther: boolean,
): ChatKey | undefined {
  const { chats } = room;
  const last = wish ?? lastVisit;
  // A topic that was linked to is entered, one that I have left is not.
  if (last !== undefined && (chats[last]?.joined || (chats[last] && last === wish))) return last;
  if (last !== undefined && !orOther) return undefined;
  const topics = room.topics.filter((key) => chats[key]?.joined);
  return topics.find((key) => key === LOBBY) ?? topics[0];
}
