// One room as a whole: how it begins, its connection, what is said in it that concerns no single chat.

import { type ChatKey, topicKey } from "../chat";
import type { Boot, Connection, HelloAck, Refusal } from "../wire";
import { changeAllChats, changeChat, newChat } from "./chats";
import { NOTICES_KEPT } from "./model";
import { forgetOtherLives } from "./passing";
import type { AppState, ChatState, RoomState } from "./model";

export function newRoom(id: string, boot: Boot | null): RoomState {
  return {
    id,
    connection: { state: "connecting" },
    me: boot?.user_id ?? "",
    people: {},
    total: null,
    found: null,
    chats: {},
    topics: [],
    direct: [],
    notices: [],
    ahead: 0,
    pair: { state: "off" },
  };
}

/** The state with `change` done to the room, which is made first if it was not heard of. */
export function changeRoom(state: AppState, id: string, change: (room: RoomState) => RoomState): AppState {
  const before = state.rooms[id] ?? newRoom(id, state.boot);
  const after = change(before);
  return after === state.rooms[id] ? state : { ...state, rooms: { ...state.rooms, [id]: after } };
}

export function applyConnection(room: RoomState, connection: Connection): RoomState {
  if (connection.state === "online") return { ...room, connection, info: connection.room };
  // What was asked for will not be answered, and nobody is known to be here.
  const people = Object.fromEntries(
    Object.entries(room.people).map(([id, person]) => [id, person.online ? { ...person, online: false } : person]),
  );
  return { ...changeAllChats(room, forgetPending), connection, people, total: null, found: null };
}

/** `now`: milliseconds since 1970. */
export function applyHello(room: RoomState, hello: HelloAck, now: number): RoomState {
  const time = Date.parse(hello.time);
  const quiet = changeAllChats(room, (chat) => forgetOtherLives(forgetPending(chat), hello.epoch));
  return {
    ...quiet,
    me: hello.user_id,
    info: hello.room,
    limits: hello.limits,
    ahead: Number.isNaN(time) ? 0 : time - now,
  };
}

/** A refusal. One about a message belongs to its outbox entry, which the platform keeps; the others are shown. */
export function applyRefusal(room: RoomState, refusal: Refusal, now: number): RoomState {
  const { message_id, topic } = refusal.details;
  let answered = topic === undefined ? changeAllChats(room, stopLoading) : changeChatIfKnown(room, topic);
  if (message_id === undefined) answered = dropUnmade(answered);
  // A full disk is everybody's matter, so it is said beside the message that waits.
  if (message_id !== undefined && refusal.code !== "READ_ONLY") return answered;
  const others = answered.notices.filter((notice) => notice.code !== refusal.code || notice.topic !== topic);
  const id = (room.notices.at(-1)?.id ?? 0) + 1;
  const notice = {
    id,
    code: refusal.code,
    message: refusal.message,
    at: now,
    ...(topic === undefined ? {} : { topic }),
  };
  return { ...answered, notices: [...others, notice].slice(-NOTICES_KEPT) };
}

export function dismissNotice(room: RoomState, id: number): RoomState {
  return { ...room, notices: room.notices.filter((notice) => notice.id !== id) };
}

/** Topics that were asked for and that the host has never told of: it has just said no. */
function dropUnmade(room: RoomState): RoomState {
  const unmade = room.topics.filter((key) => {
    const chat = room.chats[key];
    if (!chat || chat.joined || chat.epoch !== "" || chat.seq > 0 || chat.read > 0 || chat.memberCount > 0)
      return false;
    return chat.outbox.length + chat.members.length + chat.typing.length === 0;
  });
  if (unmade.length === 0) return room;
  const chats = Object.fromEntries(Object.entries(room.chats).filter(([key]) => !unmade.includes(key as ChatKey)));
  return { ...room, chats, topics: room.topics.filter((key) => !unmade.includes(key)) };
}

function changeChatIfKnown(room: RoomState, topic: string): RoomState {
  const key = topicKey(topic);
  return room.chats[key] ? changeChat(room, key, (chat) => stopLoading(chat ?? newChat(key))) : room;
}

function stopLoading(chat: ChatState): ChatState {
  // What was refused is not wished for again, or it would go round for ever.
  return chat.loading === null ? chat : { ...chat, loading: null, seeking: null };
}

function forgetPending(chat: ChatState): ChatState {
  if (chat.loading === null && chat.typing.length === 0) return chat;
  return { ...chat, loading: null, asked: chat.loading === null ? chat.asked : null, typing: [] };
}
