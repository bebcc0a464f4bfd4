// What is unread, and what of it concerns me.

import { isTopic } from "../chat";
import type { AppState, ChatState, RoomState } from "./model";

/** Messages of others that I have not read. A topic that I am not in has none. */
export function unread(chat: ChatState, me: string): number {
  return unreadInLog(chat, me) + (chat.joined ? chat.unseen.length : 0);
}

/** Those of them that stay. */
export function unreadInLog(chat: ChatState, me: string): number {
  if (!chat.joined || chat.seq <= chat.read) return 0;
  let mine = 0;
  for (let index = chat.messages.length - 1; index >= 0; index -= 1) {
    const message = chat.messages[index]!;
    if (message.seq <= chat.read) break;
    if (message.from === me) mine += 1;
  }
  // What was removed can be read no more.
  return Math.max(0, chat.seq - Math.max(chat.read, chat.oldest - 1) - mine);
}

/** Unread messages of the window that name me. In a direct chat every message concerns me. */
export function mentions(chat: ChatState, room: RoomState): number {
  if (!chat.joined || (chat.seq <= chat.read && chat.unseen.length === 0)) return 0;
  if (!isTopic(chat.key)) return unread(chat, room.me);
  const name = myName(room);
  let count = chat.unseen.filter((message) => namesMe(message.content, name)).length;
  for (let index = chat.messages.length - 1; index >= 0; index -= 1) {
    const message = chat.messages[index]!;
    if (message.seq <= chat.read) break;
    if (message.from !== room.me && namesMe(message.content, name)) count += 1;
  }
  return count;
}

/** Whether the text holds `@name`, in any case, and not only as the beginning of a longer word. */
export function namesMe(text: string, name: string): boolean {
  if (name === "" || !text.includes("@")) return false;
  const haystack = text.toLocaleLowerCase();
  const needle = `@${name.toLocaleLowerCase()}`;
  for (let at = haystack.indexOf(needle); at >= 0; at = haystack.indexOf(needle, at + 1)) {
    if (!/^[\p{L}\p{N}_]/u.test(haystack.slice(at + needle.length))) return true;
  }
  return false;
}

export function myName(room: RoomState): string {
  return room.people[room.me]?.display_name ?? "";
}

export function roomUnread(room: RoomState): number {
  return Object.values(room.chats).reduce((sum, chat) => sum + unread(chat, room.me), 0);
}

export function roomMentions(room: RoomState): number {
  return Object.values(room.chats).reduce((sum, chat) => sum + mentions(chat, room), 0);
}

export function totalUnread(state: AppState): number {
  return Object.values(state.rooms).reduce((sum, room) => sum + roomUnread(room), 0);
}
