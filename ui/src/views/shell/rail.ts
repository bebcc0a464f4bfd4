// What the rail shows of each room.

import type { AppState } from "../../state/model";
import { roomTitle } from "../../state/title";
import { roomMentions, roomUnread } from "../../state/unread";

export interface RailEntry {
  readonly id: string;
  readonly name: string;
  readonly online: boolean;
  readonly unread: number;
  readonly concerns: boolean;
}

/** The rooms with a connection that was not left, in the order of the known rooms so that nothing jumps about. */
export function railEntries(state: AppState): RailEntry[] {
  return Object.values(state.rooms)
    .filter((room) => room.connection.state !== "left")
    .map((room) => ({
      id: room.id,
      name: roomTitle(state, room.id),
      online: room.connection.state === "online",
      unread: roomUnread(room),
      concerns: roomMentions(room) > 0,
    }));
}
