// The words of notices. They leave the window, so no view can choose them; they come from the catalogue all the same.

import { chatName, isTopic } from "../chat";
import { m } from "../messages/messages.js";
import type { AppState } from "./model";
import type { Notice } from "./notify";
import { roomTitle } from "./title";

/** Longest piece of a message that a notice shows, in characters. */
const EXCERPT = 160;

export function wordNotice(state: AppState, notice: Notice): { title: string; body: string } {
  const place = roomTitle(state, notice.room);
  const { last, count, key } = notice;
  if (key === null) return { title: place, body: m.notify_missed({ count }) };
  const title = isTopic(key)
    ? m.notify_from({ name: last.display_name, place: `#${chatName(key)} · ${place}` })
    : m.notify_direct_from({ name: last.display_name });
  return { title, body: m.notify_more({ count, text: excerpt(last.content) }) };
}

function excerpt(text: string): string {
  const characters = [...text.replace(/\s+/g, " ").trim()];
  return characters.length > EXCERPT ? `${characters.slice(0, EXCERPT).join("")}…` : characters.join("");
}
