// apply(state, event, now) -> state: the one place where what happened below the window becomes what is shown.
// Pure, and robust against any frame: what it does not know it makes, what makes no sense it leaves.

import { chatKey, chatOfMessage, directKey, topicKey } from "../chat";
import type { Message, PlatformEvent, ServerFrame } from "../wire";
import { changeAllChats, changeChat, raiseDirect } from "./chats";
import { applyPair, endPair } from "./happenings";
import { applyDirect, applyJoined, applyKept, applyLeft, applyMembers, applyTopicMembers, applyTopics } from "./lists";
import type { AppState, RoomState } from "./model";
import { acknowledge, discard, putOutbox } from "./outbox";
import { expirePassing, isPassing, putPassing, seenUpTo } from "./passing";
import { applyPeople, applyPresence, meet, meetAuthors } from "./people";
import { applyConnection, applyHello, applyRefusal, changeRoom } from "./rooms";
import { applySeen, applySeenBy } from "./seen";
import { place, placePage, replaceLog } from "./timeline";
import { applyTyping, expireTyping } from "./typing";

/** The state after the event. `now` in milliseconds since 1970. */
export function apply(state: AppState, event: PlatformEvent, now: number): AppState {
  switch (event.type) {
    case "around":
      return { ...state, around: event.rooms };
    case "rooms":
      return dropForgotten({ ...state, known: event.rooms });
    case "hosting":
      return { ...state, hosting: event.hosting ?? null };
    case "connection":
      return changeRoom(state, event.room, (room) => {
        const changed = applyConnection(room, event.connection);
        return event.connection.state === "online" ? changed : endPair(changed, now);
      });
    case "outbox":
      return changeRoom(state, event.room, (room) => {
        const key = chatKey(event.message);
        return key ? changeChat(room, key, (chat) => putOutbox(chat, event.message, room.me)) : room;
      });
    case "discarded":
      return changeRoom(state, event.room, (room) => changeAllChats(room, (chat) => discard(chat, event.message_id)));
    case "frame":
      return changeRoom(state, event.room, (room) => applyFrame(room, event.frame, now));
    case "show":
      // Where to look is the app's matter (arrivals.ts), not the state's.
      return state;
    default:
      return state;
  }
}

export function applyFrame(room: RoomState, frame: ServerFrame, now: number): RoomState {
  switch (frame.type) {
    case "HELLO_ACK":
      return applyHello(room, frame.data, now);
    case "PRESENCE":
      return applyPresence(room, frame.data);
    case "PEOPLE":
      return applyPeople(room, frame.data);
    case "ROOM":
      return { ...room, info: frame.data };
    case "TOPIC_JOINED":
      return applyJoined(room, frame.data, now);
    case "TOPIC_LEFT":
      return applyLeft(room, frame.data.topic);
    case "TOPIC_MEMBERS":
      return applyTopicMembers(room, frame.data, now);
    case "TOPIC_KEPT":
      return applyKept(room, frame.data);
    case "TOPICS":
      return applyTopics(room, frame.data);
    case "DIRECT":
      return applyDirect(room, frame.data);
    case "MEMBERS":
      return applyMembers(room, frame.data);
    case "CHAT_OPENED":
      return changeChat(
        meet(room, [{ user_id: frame.data.target_user_id, display_name: frame.data.target_display_name }], false),
        directKey(frame.data.target_user_id),
        (chat) => chat,
      );
    case "MSG":
      return applyMessage(room, frame.data, now);
    case "MSG_ACK":
      return changeAllChats(room, (chat) => acknowledge(chat, frame.data, now));
    case "HISTORY": {
      const key = chatKey(frame.data);
      if (!key) return room;
      const { stored, passing } = apart(frame.data.messages);
      const page = { ...frame.data, messages: stored };
      return changeChat(meetAuthors(room, frame.data.messages), key, (chat) =>
        putPassing(placePage(chat, page, room.me), passing, room, now, false),
      );
    }
    case "RESUMED": {
      const key = chatKey(frame.data);
      if (!key) return room;
      const met = meetAuthors(room, frame.data.messages);
      if (frame.data.recovered) return frame.data.messages.reduce((next, one) => applyMessage(next, one, now), met);
      const { stored, passing } = apart(frame.data.messages);
      return changeChat(met, key, (chat) =>
        putPassing(replaceLog(chat, { ...frame.data, messages: stored }), passing, room, now, false),
      );
    }
    case "READ": {
      const key = chatKey(frame.data);
      if (!key || frame.data.user_id !== room.me) return room;
      const { seq } = frame.data;
      return changeChat(room, key, (chat) =>
        seq > chat.read ? { ...chat, read: seq, unseen: seenUpTo(chat.unseen, seq) } : chat,
      );
    }
    case "SEEN": {
      const key = chatKey(frame.data);
      return key ? changeChat(room, key, (chat) => applySeen(chat, frame.data)) : room;
    }
    case "SEEN_BY": {
      const met = meet(room, frame.data.people, false);
      return changeChat(met, topicKey(frame.data.topic), (chat) => applySeenBy(chat, frame.data));
    }
    case "TYPING": {
      const { user_id, topic } = frame.data;
      if (user_id === room.me) return room;
      const key = topic === undefined ? directKey(user_id) : topicKey(topic);
      return changeChat(room, key, (chat) => applyTyping(chat, frame.data, now));
    }
    case "PAIR":
      return applyPair(room, frame.data, now);
    case "ERROR":
      // Who searched is told where they look.
      return frame.data.details.search_id === undefined ? applyRefusal(room, frame.data, now) : room;
    default:
      // PONG, and frames of a later version.
      return room;
  }
}

/** Takes away what time ends: messages that disappear, and who stopped typing without saying so. */
export function expire(state: AppState, now: number): AppState {
  let next = state;
  for (const id of Object.keys(state.rooms)) {
    next = changeRoom(next, id, (room) =>
      changeAllChats(room, (chat) => expirePassing(expireTyping(chat, now), room.ahead, now)),
    );
  }
  return next;
}

function applyMessage(room: RoomState, message: Message, now: number): RoomState {
  const key = chatOfMessage(message, room.me);
  if (!key) return room;
  const met = meetAuthors(room, [message]);
  if (isPassing(message)) return changeChat(met, key, (chat) => putPassing(chat, [message], room, now, true));
  const isNew = message.seq > (met.chats[key]?.seq ?? 0);
  const placed = changeChat(met, key, (chat) => place(chat, message, room.me));
  return isNew ? raiseDirect(placed, key) : placed;
}

/** A page as the log has it, and what disappears among it. */
function apart(messages: readonly Message[]): { stored: Message[]; passing: Message[] } {
  return {
    stored: messages.filter((message) => !isPassing(message)),
    passing: messages.filter((message) => isPassing(message)),
  };
}

/** A room that was left and is no longer known has been forgotten. */
function dropForgotten(state: AppState): AppState {
  const known = new Set(state.known.map((room) => room.room_id));
  const kept = Object.entries(state.rooms).filter(([id, room]) => room.connection.state !== "left" || known.has(id));
  if (kept.length === Object.keys(state.rooms).length) return state;
  return { ...state, rooms: Object.fromEntries(kept) };
}
