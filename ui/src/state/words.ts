// The words of notices and of the window's title. They stand outside of the page, so no view can choose them; they come
// from the catalogue all the same.

import { type ChatKey, chatName, isTopic } from "../chat";
import { m } from "../messages/messages.js";
import type { AppState } from "./model";
import type { Notice } from "./notify";
import { isPassing } from "./passing";
import { chatTitle, roomTitle } from "./title";
import { totalUnread } from "./unread";

/** Longest piece of a message that a notice shows, in characters. */
const EXCERPT = 160;

export function wordNotice(state: AppState, notice: Notice): { title: string; body: string } {
  const place = roomTitle(state, notice.room);
  const { last, count, key } = notice;
  if (key === null) return { title: place, body: m.notify_missed({ count }) };
  const title = isTopic(key)
    ? m.notify_from({ name: last.display_name, place: `#${chatName(key)} · ${place}` })
    : m.notify_direct_from({ name: last.display_name });
  // The system keeps what it has shown, so it is not given what is to disappear.
  const text = isPassing(last) ? m.notify_passing() : excerpt(last.content);
  return { title, body: m.notify_more({ count, text }) };
}

/** Somebody was met by “Meet someone”. */
export function wordMet(state: AppState, roomId: string, name: string): { title: string; body: string } {
  return { title: m.meet_met({ name }), body: roomTitle(state, roomId) };
}

/** The window's title: how much is unread, and where we are. */
export function wordTitle(state: AppState, roomId: string | null, key: ChatKey | null): string {
  const room = roomId === null ? undefined : state.rooms[roomId];
  if (!room) return m.app_name();
  const chat = key === null ? [] : [`${isTopic(key) ? "#" : ""}${chatTitle(room, key)}`];
  const place = [...chat, roomTitle(state, room.id)].join(" · ");
  const count = totalUnread(state);
  return count > 0 ? m.window_title_unread({ count, place }) : m.window_title({ place });
}

function excerpt(text: string): string {
  const characters = [...text.replace(/\s+/g, " ").trim()];
  return characters.length > EXCERPT ? `${characters.slice(0, EXCERPT).join("")}…` : characters.join("");
}
