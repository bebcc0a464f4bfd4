// What the quick switcher offers, and which of it fits what was typed.

import { type ChatKey, directKey } from "../../chat";
import { m } from "../../messages/messages.js";
import { type AppState, type RoomState } from "../../state/model";
import { isReachable } from "../../state/people";
import { roomTitle } from "../../state/title";

export interface Entry {
  readonly id: string;
  readonly label: string;
  readonly what: string;
  readonly room: string;
  /** Absent: the room itself. */
  readonly chat?: ChatKey;
}

/** Everything one can go to; the room on screen first. */
export function entries(state: AppState, current: string | null): Entry[] {
  const rooms = Object.values(state.rooms).toSorted((a, b) => Number(b.id === current) - Number(a.id === current));
  return [...rooms.flatMap((room) => inRoom(state, room)), ...rooms.map((room) => roomEntry(state, room))];
}

function roomEntry(state: AppState, room: RoomState): Entry {
  return { id: room.id, label: roomTitle(state, room.id), what: m.switcher_room(), room: room.id };
}

function inRoom(state: AppState, room: RoomState): Entry[] {
  const name = roomTitle(state, room.id);
  const topics = room.topics.map((chat): Entry => ({
    id: `${room.id} ${chat}`,
    label: `# ${chat.slice(1)}`,
    what: m.switcher_topic({ room: name }),
    room: room.id,
    chat,
  }));
  const people = Object.values(room.people)
    .filter((person) => person.user_id !== room.me && isReachable(person.via))
    .toSorted((a, b) => Number(b.online) - Number(a.online) || a.display_name.localeCompare(b.display_name))
    .map((person): Entry => {
      const chat = directKey(person.user_id);
      return {
        id: `${room.id} ${chat}`,
        label: person.display_name,
        what: m.switcher_person({ room: name }),
        room: room.id,
        chat,
      };
    });
  return [...topics, ...people];
}

/** The entries that hold every typed word; those that begin with the first word come first. */
export function matching(all: readonly Entry[], query: string): Entry[] {
  const words = query
    .toLocaleLowerCase()
    .split(/[\s#]+/)
    .filter(Boolean);
  const fits = all.filter((entry) => words.every((word) => entry.label.toLocaleLowerCase().includes(word)));
  const begins = (entry: Entry) =>
    Number(
      entry.label
        .toLocaleLowerCase()
        .replace(/^# /, "")
        .startsWith(words[0] ?? ""),
    );
  return fits.toSorted((a, b) => begins(b) - begins(a)).slice(0, MOST);
}

const MOST = 30;
