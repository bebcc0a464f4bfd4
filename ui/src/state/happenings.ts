// What happened in a chat beside what was said: who came and went, whom I met. Told while I am there, kept by nobody, and
// never unread.

import { directKey } from "../chat";
import type { Pair, TopicMembers } from "../wire";
import { changeChat } from "./chats";
import { HAPPENINGS_KEPT } from "./model";
import type { ChatState, Happening, PairView, RoomState } from "./model";
import { meet } from "./people";
import { personName } from "./title";

/** Somebody who leaves and comes back, or comes and leaves, within this did neither, in milliseconds. */
export const FLAP_MS = 60_000;

/** People who came to a topic or went from it. I am not told of myself. */
export function addComings(chat: ChatState, room: RoomState, change: TopicMembers, now: number): ChatState {
  const expected = chat.expected && chat.expected.until > now ? chat.expected.ids : [];
  const isHere = (user_id: string) => chat.members.includes(user_id) || expected.includes(user_id);
  const came = change.joined.filter(({ user_id }) => user_id !== room.me && !isHere(user_id));
  // Who came and went between two tellings is told to have gone, and was not here. A name of somebody who was never told
  // of would be the beginning of an id.
  const went = change.left.filter((user_id) => user_id !== room.me && isHere(user_id) && room.people[user_id]);
  let next = chat;
  for (const { user_id, display_name } of came) next = come(next, "joined", user_id, display_name, now);
  for (const user_id of went) next = come(next, "left", user_id, personName(room, user_id), now);
  return next;
}

/** Who was here before a break and is not yet back: they never went, so they do not come either. */
export function expectBack(chat: ChatState, members: readonly string[], now: number): ChatState["expected"] {
  if (!chat.joined) return null;
  const ids = chat.members.filter((id) => !members.includes(id));
  return ids.length === 0 ? null : { ids, until: now + FLAP_MS };
}

/** The host told how it stands with meeting somebody. */
export function applyPair(before: RoomState, pair: Pair, now: number): RoomState {
  const { pair: was } = before;
  // I left it, or looked for somebody else.
  const room = was.state === "paired" && pair.state !== "left" ? told(before, was, "ended", now) : before;
  if (pair.state !== "paired" && pair.state !== "left") return { ...room, pair: { state: pair.state } };
  if (pair.with === undefined) return { ...room, pair: { state: "off" } };
  const name = pair.display_name ?? personName(room, pair.with);
  const met = meet(room, [{ user_id: pair.with, display_name: name }], pair.state === "paired");
  const view: PairView = { state: pair.state, with: pair.with, name };
  return told({ ...met, pair: view }, view, pair.state === "paired" ? "met" : "parted", now);
}

/** The session is over, and with it the pair; who waited asks again after the next hello. */
export function endPair(room: RoomState, now: number): RoomState {
  if (room.pair.state !== "paired") return room;
  return told({ ...room, pair: { state: "off" } }, room.pair, "cut_off", now);
}

function told(room: RoomState, whom: { with: string; name: string }, kind: Happening["kind"], now: number): RoomState {
  return changeChat(room, directKey(whom.with), (chat) => append(chat, kind, whom.with, whom.name, now));
}

/** Puts it behind the newest message, or folds it into what the same person did a moment ago. */
function come(chat: ChatState, kind: "joined" | "left", user_id: string, name: string, now: number): ChatState {
  const last = chat.happenings.findLast((one) => one.user_id === user_id);
  if (last && last.kind !== kind && now - last.at < FLAP_MS) {
    return { ...chat, happenings: chat.happenings.filter((one) => one !== last) };
  }
  return append(chat, kind, user_id, name, now);
}

function append(chat: ChatState, kind: Happening["kind"], user_id: string, name: string, at: number): ChatState {
  const id = (chat.happenings.at(-1)?.id ?? 0) + 1;
  const newest = chat.passing.at(-1);
  const order = newest && newest.seq >= chat.seq ? (newest.order ?? 0) : -1;
  const happening: Happening = { id, kind, user_id, name, at, seq: Math.max(chat.seq, newest?.seq ?? 0), order };
  return { ...chat, happenings: [...chat.happenings, happening].slice(-HAPPENINGS_KEPT) };
}
