// The order of the chats as they stand in the list, and which comes before or after.

import type { ChatKey } from "../../chat";
import type { RoomState } from "../../state/model";
import { unread } from "../../state/unread";

/** The chats I am in: topics first, then direct chats. */
export function mine(room: RoomState): ChatKey[] {
  return [...room.topics.filter((key) => room.chats[key]?.joined), ...room.direct];
}

/** Topics of the room that I am not in. */
export function others(room: RoomState): ChatKey[] {
  return room.topics.filter((key) => !room.chats[key]?.joined);
}

/** The next or previous chat, round the end; with `unreadOnly` the next that has something new. */
export function neighbour(room: RoomState, from: ChatKey | null, step: 1 | -1, unreadOnly: boolean): ChatKey | null {
  const all = mine(room);
  const here = from === null ? (step > 0 ? -1 : 0) : all.indexOf(from);
  for (let away = 1; away <= all.length; away++) {
    const key = all[(here + step * away + all.length * 2) % all.length];
    const chat = key && room.chats[key];
    if (chat && key !== from && (!unreadOnly || unread(chat, room.me) > 0)) return key;
  }
  return null;
}
