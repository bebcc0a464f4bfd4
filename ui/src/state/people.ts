// Who is in a room. People who left stay known, because their messages and direct chats need a name.

import type { MemberInfo, People, Presence, UserInfo, Via } from "../wire";
import type { RoomState } from "./model";

export function applyPresence(room: RoomState, presence: Presence): RoomState {
  const people: Record<string, UserInfo> = {};
  const total = presence.total ?? (presence.complete ? null : room.total);
  for (const person of Object.values(room.people)) {
    // The list of a room too large to name everybody need not name me.
    const isListed = total === null || person.user_id !== room.me;
    people[person.user_id] = presence.complete && person.online && isListed ? { ...person, online: false } : person;
  }
  for (const person of presence.users) people[person.user_id] = person;
  return { ...room, people, total };
}

/** A page of people asked for by name: it continues the one before, or replaces the answer to another question. */
export function applyPeople(room: RoomState, page: People): RoomState {
  const before = room.found?.more && (room.found.text ?? "") === (page.text ?? "") ? room.found.users : [];
  const fresh = page.users.filter((person) => !before.some((known) => known.user_id === person.user_id));
  const met = meet(room, page.users, false);
  return { ...met, found: { ...page, users: [...before, ...fresh] } };
}

/** How many are here: as many as I am told of, or in a large room as many as I am told. */
export function hereCount(room: RoomState): number {
  return room.total ?? online(room).length;
}

/** People whom a list named. Only what is not known already is taken: PRESENCE knows better. */
export function meet(room: RoomState, members: readonly MemberInfo[], online: boolean): RoomState {
  const strangers = members.filter((member) => !room.people[member.user_id]);
  if (strangers.length === 0) return room;
  const people = { ...room.people };
  // In a room too large to name everybody, nobody would tell when they go.
  const isHere = online && room.total === null;
  for (const { user_id, display_name } of strangers) {
    people[user_id] = { user_id, display_name, online: isHere, via: "script" };
  }
  return { ...room, people };
}

/** Whether somebody who came this way can be written to directly. Of the older chat systems only `fastchat` has that. */
export function isReachable(via: Via): boolean {
  return !isPassingBy(via);
}

/** Guests of the older chat systems who are nobody in particular: one connection may speak under several names. */
export function isPassingBy(via: Via): boolean {
  return via === "plain" || via === "pair" || via === "topic" || via === "activity";
}

/** Authors of messages: they may be long gone. Who is nobody in particular does not become a person of the room. */
export function meetAuthors(
  room: RoomState,
  authors: readonly { from: string; display_name: string; via: Via }[],
): RoomState {
  let people: Record<string, UserInfo> | null = null;
  for (const { from, display_name, via } of authors) {
    if ((people ?? room.people)[from] || isPassingBy(via)) continue;
    people ??= { ...room.people };
    people[from] = { user_id: from, display_name, online: false, via };
  }
  return people ? { ...room, people } : room;
}

/** Those who are here: the host first, then me, then by name. */
export function online(room: RoomState): UserInfo[] {
  const rank = (person: UserInfo) => (person.host ? 0 : person.user_id === room.me ? 1 : 2);
  return Object.values(room.people)
    .filter((person) => person.online)
    .sort((a, b) => rank(a) - rank(b) || a.display_name.localeCompare(b.display_name));
}

/** Whether another known person has the same name, so that the two must be told apart. */
export function hasNamesake(room: RoomState, userId: string): boolean {
  const name = room.people[userId]?.display_name.toLocaleLowerCase();
  return Object.values(room.people).some(
    (person) => person.user_id !== userId && person.display_name.toLocaleLowerCase() === name,
  );
}
