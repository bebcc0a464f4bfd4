// Finding, making and replacing one chat of a room. Everything that changes a chat goes through `changeChat`.

import { type ChatKey, isTopic } from "../chat";
import type { ChatState, RoomState } from "./model";

export function newChat(key: ChatKey): ChatState {
  return {
    key,
    joined: !isTopic(key),
    epoch: "",
    seq: 0,
    read: 0,
    seen: {},
    seenByAsking: false,
    seenBy: null,
    members: [],
    memberCount: 0,
    messages: [],
    ttl: null,
    keep: null,
    oldest: 1,
    guests: 0,
    passing: [],
    unseen: [],
    happenings: [],
    expected: null,
    asked: null,
    hasOlder: false,
    hasNewer: false,
    loading: null,
    seeking: null,
    landed: null,
    outbox: [],
    typing: [],
    divider: null,
    dividerOrder: null,
    atEnd: true,
    cut: null,
  };
}

/** The room with `change` done to the chat, which is made first if the room has not heard of it. */
export function changeChat(room: RoomState, key: ChatKey, change: (chat: ChatState) => ChatState): RoomState {
  const before = room.chats[key] ?? newChat(key);
  const after = change(before);
  if (after === room.chats[key]) return room;
  const listed = addToOrder(room, key);
  return { ...listed, chats: { ...listed.chats, [key]: after } };
}

/** Does `change` to every chat; the room keeps its identity if none changed. */
export function changeAllChats(room: RoomState, change: (chat: ChatState) => ChatState): RoomState {
  let chats: Record<ChatKey, ChatState> | null = null;
  for (const chat of Object.values(room.chats)) {
    const after = change(chat);
    if (after === chat) continue;
    chats ??= { ...room.chats };
    chats[chat.key] = after;
  }
  return chats ? { ...room, chats } : room;
}

/** The direct chat to the top: its newest message is the newest of all. */
export function raiseDirect(room: RoomState, key: ChatKey): RoomState {
  if (isTopic(key) || room.direct[0] === key) return room;
  return { ...room, direct: [key, ...room.direct.filter((other) => other !== key)] };
}

function addToOrder(room: RoomState, key: ChatKey): RoomState {
  if (isTopic(key)) return room.topics.includes(key) ? room : { ...room, topics: [...room.topics, key] };
  return room.direct.includes(key) ? room : { ...room, direct: [key, ...room.direct] };
}
