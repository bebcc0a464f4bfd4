// What a person does that needs frames: pure functions that return the new state and what to send. They look at the
// connection, because a frame that is sent while the room is away is dropped and its answer never comes.

import { type ChatKey, chatName, isTopic, placeOf } from "../chat";
import type { ClientFrame, HistoryRequest } from "../wire";
import { changeChat } from "./chats";
import { land, placeOfGoal, seek } from "./jump";
import { PAGE } from "./model";
import type { AppState, ChatState, Goal, Loading, RoomState } from "./model";
import { changeRoom } from "./rooms";
import { unreadInLog } from "./unread";

export interface Intent {
  readonly state: AppState;
  readonly frames: readonly ClientFrame[];
}

/** Messages shown above the "New" divider when a chat opens at it. */
const ABOVE_DIVIDER = 40;
/** Unread messages up to which the window is filled to the divider; beyond, it is begun anew around it. */
const FILL_MAX = 400;
/** A window shorter than this is filled up while there is more. */
const SCREENFUL = 40;

/** What a chat is opened with. `ttl`: if the topic has to be made, its messages disappear after so many seconds. */
export interface Opening {
  readonly ttl?: number | undefined;
  readonly goal?: Goal | undefined;
}

/** The chat comes on screen: its divider is placed, a topic is joined, and what is missing is asked for. */
export function openChat(state: AppState, roomId: string, key: ChatKey, { ttl, goal }: Opening = {}): Intent {
  const opened = changeInRoom(state, roomId, key, (chat, room) => {
    const { divider, dividerOrder } = dividerOf(chat, room);
    const far = divider !== null && chat.messages.length > 0 && chat.messages[0]!.seq > divider + FILL_MAX;
    const start = far && !goal ? { ...chat, messages: [], hasOlder: true, hasNewer: false } : chat;
    const shown = { ...start, divider, dividerOrder, atEnd: divider === null };
    return goal ? seek(shown, goal) : shown;
  });
  const room = opened.rooms[roomId];
  // A disappearing topic whose last member has just left has to be made again, and must not come back as one that stays.
  const life = ttl ?? room?.chats[key]?.ttl ?? null;
  const join: ClientFrame[] =
    room && isTopic(key) && !room.chats[key]?.joined && isOnline(room)
      ? [{ type: "JOIN_TOPIC", data: { topic: chatName(key), ...(life === null ? {} : { ttl: life }) } }]
      : [];
  const filled = fill(opened, roomId, key);
  return { state: filled.state, frames: [...join, ...filled.frames] };
}

/** What is new. Who never read here has nothing "new" in the log: the chat opens at its end. */
function dividerOf(chat: ChatState, room: RoomState): Pick<ChatState, "divider" | "dividerOrder"> {
  const inLog = chat.read > 0 && unreadInLog(chat, room.me) > 0 ? chat.read : null;
  const passing = chat.joined ? chat.unseen[0] : undefined;
  if (!passing || (inLog !== null && inLog < passing.seq)) return { divider: inLog, dividerOrder: null };
  return { divider: passing.seq, dividerOrder: passing.order ?? 0 };
}

/** The chat goes off screen: its divider goes, and it follows its end again. */
export function closeChat(state: AppState, roomId: string, key: ChatKey): AppState {
  if (!state.rooms[roomId]?.chats[key]) return state;
  return changeInRoom(state, roomId, key, (chat) => ({
    ...chat,
    divider: null,
    dividerOrder: null,
    atEnd: true,
    seeking: null,
    landed: null,
    cut: null,
  }));
}

/** What the open chat needs now: the first page, the messages around its divider, or what its end lacks. */
export function fill(state: AppState, roomId: string, key: ChatKey): Intent {
  const chat = state.rooms[roomId]?.chats[key];
  if (!chat || chat.loading !== null || (isTopic(key) && !chat.joined)) return { state, frames: [] };
  if (chat.seeking !== null) return sought(state, roomId, chat, chat.seeking);
  const first = chat.messages[0];
  // What disappears has no place in the log, so only a page tells whether some of it was said before I came.
  const isUntold = isTopic(key) && chat.asked === null && !chat.hasOlder;
  if (isUntold) return ask(state, roomId, key, "latest", {}, PAGE);
  if (!first) return chat.seq === 0 ? { state, frames: [] } : begin(state, roomId, chat);
  const above = chat.divider === null ? 0 : first.seq - (chat.divider + 1);
  if (chat.divider !== null && chat.landed === null && above > 0 && above <= FILL_MAX && chat.hasOlder) {
    return ask(state, roomId, key, "older", { before: first.seq }, first.seq - chat.divider + ABOVE_DIVIDER);
  }
  if (chat.hasNewer && chat.atEnd) return goToEnd(state, roomId, chat);
  if (chat.hasOlder && chat.messages.length < SCREENFUL) return loadOlder(state, roomId, key);
  return { state, frames: [] };
}

export function loadOlder(state: AppState, roomId: string, key: ChatKey): Intent {
  const chat = state.rooms[roomId]?.chats[key];
  const first = chat?.messages[0];
  if (!chat?.hasOlder || !first) return { state, frames: [] };
  return ask(state, roomId, key, "older", { before: first.seq }, PAGE);
}

export function loadNewer(state: AppState, roomId: string, key: ChatKey): Intent {
  const chat = state.rooms[roomId]?.chats[key];
  const last = chat?.messages.at(-1);
  if (!chat?.hasNewer || !last) return { state, frames: [] };
  return ask(state, roomId, key, "newer", { after: last.seq }, PAGE);
}

/** To the end of the chat, over whatever lies between. */
export function jumpToLatest(state: AppState, roomId: string, key: ChatKey): Intent {
  const before = state.rooms[roomId]?.chats[key];
  // The view asks again with each step of its scrolling.
  if (!before || before.seeking === "latest") return { state, frames: [] };
  const wished = changeInRoom(state, roomId, key, (chat) => ({
    ...land(chat, { seq: null, missed: false }),
    seeking: chat.hasNewer ? "latest" : null,
  }));
  return fill(wished, roomId, key);
}

/** To a message or a moment of the open chat, wherever its window stands. */
export function jumpTo(state: AppState, roomId: string, key: ChatKey, goal: Goal): Intent {
  if (!state.rooms[roomId]?.chats[key]) return { state, frames: [] };
  return fill(
    changeInRoom(state, roomId, key, (chat) => seek(chat, goal)),
    roomId,
    key,
  );
}

/** What a wish needs asked. */
function sought(state: AppState, roomId: string, chat: ChatState, goal: Goal | "latest"): Intent {
  if (goal === "latest") return goToEnd(state, roomId, chat);
  return ask(state, roomId, chat.key, "around", placeOfGoal(goal), PAGE);
}

/** The end is reached by one page if that is near enough to join what is read, else the newest replaces it. */
function goToEnd(state: AppState, roomId: string, chat: ChatState): Intent {
  const last = chat.messages.at(-1);
  if (!last || chat.seq - last.seq > PAGE) return ask(state, roomId, chat.key, "latest", {}, PAGE);
  return ask(state, roomId, chat.key, "newer", { after: last.seq }, PAGE);
}

/** Everything up to the head is read. The caller knows that the end is visible and the window in front. */
export function markRead(state: AppState, roomId: string, key: ChatKey): Intent {
  const room = state.rooms[roomId];
  const chat = room?.chats[key];
  if (!room || !chat || !isOnline(room) || !chat.joined) return { state, frames: [] };
  const seq = chat.messages.at(-1)?.seq ?? 0;
  if (chat.hasNewer || (seq <= chat.read && chat.unseen.length === 0)) return { state, frames: [] };
  const read = changeInRoom(state, roomId, key, (before) => ({
    ...before,
    read: Math.max(seq, before.read),
    unseen: [],
  }));
  if (seq <= chat.read) return { state: read, frames: [] };
  return { state: read, frames: [{ type: "MARK_READ", data: { ...placeOf(key), seq } }] };
}

export function setAtEnd(state: AppState, roomId: string, key: ChatKey, atEnd: boolean): AppState {
  const chat = state.rooms[roomId]?.chats[key];
  if (!chat || chat.atEnd === atEnd) return state;
  // On the way to elsewhere the view still stands where it was.
  if (atEnd && chat.seeking !== null && chat.seeking !== "latest") return state;
  return changeInRoom(state, roomId, key, (before) => ({ ...before, atEnd }));
}

/** Esc: the "New" divider goes. */
export function clearDivider(state: AppState, roomId: string, key: ChatKey): AppState {
  if ((state.rooms[roomId]?.chats[key]?.divider ?? null) === null) return state;
  return changeInRoom(state, roomId, key, (chat) => ({
    ...chat,
    divider: null,
    dividerOrder: null,
  }));
}

export function isOnline(room: RoomState): boolean {
  return room.connection.state === "online";
}

/** An empty window: the newest page, or the surroundings of the divider if it lies further up. */
function begin(state: AppState, roomId: string, chat: ChatState): Intent {
  const behind = chat.divider === null ? 0 : chat.seq - chat.divider;
  if (chat.divider === null || behind + ABOVE_DIVIDER <= PAGE) {
    return ask(state, roomId, chat.key, "latest", {}, PAGE);
  }
  const above = ask(state, roomId, chat.key, "newer", { after: chat.divider }, PAGE);
  if (above.frames.length === 0) return above;
  // Both pages are asked for at once; the one above comes first and begins the window, the one below joins it.
  const before: ClientFrame = {
    type: "HISTORY",
    data: { ...placeOf(chat.key), before: chat.divider + 1, limit: ABOVE_DIVIDER },
  };
  return { state: above.state, frames: [before, ...above.frames] };
}

type Place = Pick<HistoryRequest, "before" | "after" | "around" | "at">;

function ask(state: AppState, roomId: string, key: ChatKey, loading: Loading, where: Place, limit: number): Intent {
  const room = state.rooms[roomId];
  if (!room || !isOnline(room) || room.chats[key]?.loading !== null) return { state, frames: [] };
  return {
    state: changeInRoom(state, roomId, key, (chat) => ({
      ...chat,
      loading,
      asked: chat.seq,
    })),
    frames: [{ type: "HISTORY", data: { ...placeOf(key), ...where, limit: Math.min(limit, 500) } }],
  };
}

function changeInRoom(
  state: AppState,
  roomId: string,
  key: ChatKey,
  change: (chat: ChatState, room: RoomState) => ChatState,
): AppState {
  return changeRoom(state, roomId, (room) => changeChat(room, key, (chat) => change(chat, room)));
}
