// The lists of a room: its topics and their members, my direct chats.

import { type ChatKey, directKey, isTopic, topicKey } from "../chat";
import type { Direct, Members, TopicInfo, TopicJoined, TopicKept, TopicMembers, Topics } from "../wire";
import { changeChat } from "./chats";
import { addComings, expectBack } from "./happenings";
import type { ChatState, RoomState } from "./model";
import { meet } from "./people";
import { withBeginning, withWindow } from "./timeline";

export function applyTopics(room: RoomState, { topics, complete }: Topics): RoomState {
  let next = room;
  for (const topic of topics) next = changeChat(next, topicKey(topic.topic), (chat) => withTopic(chat, topic));
  return complete
    ? dropOthers(
        next,
        topics.map((topic) => topicKey(topic.topic)),
      )
    : next;
}

export function applyJoined(room: RoomState, joined: TopicJoined, now: number): RoomState {
  const met = meet(room, joined.members, true);
  const members = joined.members.map((member) => member.user_id);
  return changeChat(met, topicKey(joined.topic), (chat) => {
    const next = {
      ...chat,
      joined: true,
      epoch: joined.epoch,
      seq: joined.seq,
      read: Math.max(Math.min(chat.read, joined.seq), joined.read),
      seen: {},
      seenByAsking: false,
      seenBy: null,
      members,
      expected: joined.many ? null : expectBack(chat, members, now),
      memberCount: joined.member_count,
      guests: joined.guests ?? 0,
      ttl: joined.ttl ?? null,
      keep: joined.keep ?? null,
    };
    return withBeginning(withWindow(next, chat.messages), joined.oldest);
  });
}

export function applyLeft(room: RoomState, topic: string): RoomState {
  const key = topicKey(topic);
  if (!room.chats[key]) return room;
  return changeChat(room, key, (chat) => ({
    ...chat,
    joined: false,
    members: chat.members.filter((id) => id !== room.me),
    memberCount: Math.max(0, chat.memberCount - 1),
    typing: [],
    divider: null,
    dividerOrder: null,
    // What comes meanwhile is not told to us, so nothing of what is passing is kept for later.
    passing: [],
    unseen: [],
    happenings: [],
    asked: null,
  }));
}

export function applyTopicMembers(room: RoomState, change: TopicMembers, now: number): RoomState {
  const met = meet(room, change.joined, true);
  return changeChat(met, topicKey(change.topic), (before) => {
    const chat = before.joined && !change.complete ? addComings(before, met, change, now) : before;
    // Who is no longer told of, or was not until now, has neither gone nor come.
    const known = change.complete ? chat.members.filter((id) => change.many && id === room.me) : chat.members;
    const stayed = known.filter((id) => !change.left.includes(id));
    const entered = change.joined.map((member) => member.user_id).filter((id) => !stayed.includes(id));
    const typing = chat.typing.filter((person) => !change.left.includes(person.user_id));
    const guests = change.guests ?? 0;
    return { ...chat, members: [...stayed, ...entered], memberCount: change.member_count, guests, typing };
  });
}

export function applyKept(room: RoomState, { topic, keep, oldest }: TopicKept): RoomState {
  return changeChat(room, topicKey(topic), (chat) => ({ ...withBeginning(chat, oldest), keep: keep ?? null }));
}

/** A page of members: they add to what is known. */
export function applyMembers(room: RoomState, page: Members): RoomState {
  const met = meet(room, page.members, true);
  return changeChat(met, topicKey(page.topic), (chat) => {
    const known = new Set(chat.members);
    const fresh = page.members.map((member) => member.user_id).filter((id) => !known.has(id));
    return fresh.length === 0 ? chat : { ...chat, members: [...chat.members, ...fresh] };
  });
}

export function applyDirect(room: RoomState, { chats, complete }: Direct): RoomState {
  let next = meet(
    room,
    chats.map((chat) => ({ user_id: chat.with, display_name: chat.display_name })),
    false,
  );
  for (const { with: other, epoch, seq, read, seen } of chats) {
    next = changeChat(next, directKey(other), (chat) => {
      const head = Math.max(chat.seq, seq);
      const raised = {
        ...chat,
        epoch,
        seq: head,
        read: Math.max(chat.read, read),
        seen: seen ? { [other]: seen } : {},
      };
      return withWindow(raised, chat.messages);
    });
  }
  // The list comes in the server's order; a chat that is not in it holds no message yet and stays on top.
  if (!complete) return next;
  const listed = chats.map((chat) => directKey(chat.with));
  return { ...next, direct: [...next.direct.filter((key) => !listed.includes(key)), ...listed] };
}

function withTopic(chat: ChatState, topic: TopicInfo): ChatState {
  // Of a joined topic the live messages know the head better than the list.
  const seq = chat.joined ? Math.max(chat.seq, topic.seq) : topic.seq;
  const next = {
    ...chat,
    epoch: topic.epoch,
    seq,
    read: Math.max(chat.read, topic.read),
    memberCount: topic.member_count,
    guests: topic.guests ?? 0,
    ttl: topic.ttl ?? null,
    keep: topic.keep ?? null,
  };
  return withBeginning(withWindow(next, chat.messages), topic.oldest);
}

/** Topics that the host no longer has go, except those that hold something of mine. */
function dropOthers(room: RoomState, listed: ChatKey[]): RoomState {
  const keep = (key: ChatKey) => {
    const chat = room.chats[key];
    return !isTopic(key) || listed.includes(key) || chat?.joined === true || (chat?.outbox.length ?? 0) > 0;
  };
  const rest = room.topics.filter((key) => !listed.includes(key) && keep(key));
  const chats = Object.fromEntries(Object.entries(room.chats).filter(([key]) => keep(key as ChatKey)));
  return { ...room, topics: [...listed, ...rest], chats };
}
