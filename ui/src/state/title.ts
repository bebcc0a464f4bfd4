// What rooms, chats and people are called. Words of the interface are the views' matter.

import { type ChatKey, chatName, isTopic } from "../chat";
import type { AppState, RoomState } from "./model";

/** The topic's name without `#`, or the other's name; an unknown other is called by the beginning of the id. */
export function chatTitle(room: RoomState, key: ChatKey): string {
  return isTopic(key) ? chatName(key) : personName(room, chatName(key));
}

export function personName(room: RoomState, userId: string): string {
  return room.people[userId]?.display_name ?? userId.slice(0, 8);
}

/** The room's name as its server, its announcement or our memory has it; last the beginning of its id. */
export function roomTitle(state: AppState, roomId: string): string {
  const found =
    state.rooms[roomId]?.info ??
    state.around.find((room) => room.room_id === roomId) ??
    state.known.find((room) => room.room_id === roomId);
  return found?.name ?? roomId.slice(0, 8);
}
