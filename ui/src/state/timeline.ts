// The window on a chat's log: how live messages and pages of history get into it. It is always ascending by `seq` and
// without a hole; a message that would leave one is not kept, because HISTORY brings it when it is looked at.

import type { Message, History } from "../wire";
import { answers, arrive } from "./jump";
import { WINDOW_MAX, WINDOW_STEP } from "./model";
import type { ChatState } from "./model";
import { dropStored } from "./outbox";

/** A live message, or one of the gap after a break. */
export function place(chat: ChatState, message: Message, me: string): ChatState {
  const seq = Math.max(chat.seq, message.seq);
  const typing = chat.typing.filter((person) => person.user_id !== message.from);
  const epoch = message.seq >= chat.seq ? message.epoch : chat.epoch;
  const stopped = typing.length === chat.typing.length ? chat : { ...chat, typing };
  const next = settle({ ...stopped, seq, epoch }, [message], me);
  return withWindow(next, windowWith(chat, message));
}

/** A page of history. One that fits neither end of the window comes too late and only ends the loading. */
export function placePage(chat: ChatState, page: History, me: string): ChatState {
  const newest = page.messages.at(-1)?.seq ?? 0;
  const begun = withBeginning({ ...chat, seq: Math.max(chat.seq, newest) }, page.oldest);
  const settled = settle(begun, page.messages, me);
  if (page.before !== undefined) return placeOlder(settled, page, page.before);
  if (page.after !== undefined) return placeNewer(settled, page, page.after);
  if (page.around !== undefined || page.at !== undefined) return placeAround(settled, page);
  return placeLatest(settled, page, newest);
}

/** The log that was shown is gone: this page is all there is. */
export function replaceLog(
  chat: ChatState,
  log: { epoch: string; seq: number; oldest?: number; messages: readonly Message[] },
): ChatState {
  const first = log.messages[0];
  const fresh = {
    ...chat,
    epoch: log.epoch,
    seq: log.seq,
    read: Math.min(chat.read, log.seq),
    divider: null,
    dividerOrder: null,
    passing: [],
    unseen: [],
    oldest: log.oldest ?? 1,
    cut: log.oldest === undefined ? ("replaced" as const) : ("removed" as const),
  };
  const still = { ...fresh, loading: null, seeking: null, landed: null };
  const hasOlder = first ? first.seq > fresh.oldest : log.seq >= fresh.oldest;
  return { ...withWindow(still, log.messages), hasOlder };
}

/** The chat with this window, cut to its greatest length, and what lies beyond it. */
export function withWindow(chat: ChatState, messages: readonly Message[]): ChatState {
  const first = messages[0];
  const last = messages.at(-1);
  const sameStart = first !== undefined && first === chat.messages[0];
  return {
    ...chat,
    messages,
    hasOlder: first ? (sameStart ? chat.hasOlder : first.seq > chat.oldest) : chat.seq >= chat.oldest,
    hasNewer: last ? last.seq < chat.seq : false,
  };
}

/** The chat whose log begins at `oldest` now: what was before it was removed by the host, and leaves the window too. */
export function withBeginning(chat: ChatState, oldest: number | undefined): ChatState {
  const begins = oldest ?? 1;
  if (begins === chat.oldest) return chat;
  const messages = chat.messages.filter((message) => message.seq >= begins);
  const next = withWindow({ ...chat, oldest: begins }, messages);
  const first = messages[0];
  return { ...next, hasOlder: first ? first.seq > begins : chat.seq >= begins };
}

/** Index of the message with this `seq` in an ascending list, or -1. */
export function findSeq(messages: readonly Message[], seq: number): number {
  let low = 0;
  let high = messages.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = messages[middle]!.seq;
    if (found === seq) return middle;
    if (found < seq) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

function windowWith(chat: ChatState, message: Message): readonly Message[] {
  const { messages } = chat;
  const last = messages.at(-1);
  // Nothing is loaded: this one begins the window, unless a page is on its way that it might not fit to.
  if (!last) return chat.loading === null || isFirstOfAll(chat, message) ? [message] : messages;
  if (message.seq <= last.seq) {
    const index = findSeq(messages, message.seq);
    return index < 0 || isSame(messages[index]!, message) ? messages : messages.with(index, message);
  }
  if (message.seq !== last.seq + 1) return messages;
  // A reader far up keeps what is on screen; the end is loaded when it is looked for.
  if (messages.length >= WINDOW_MAX && !chat.atEnd) return messages;
  const kept = messages.length >= WINDOW_MAX ? messages.slice(WINDOW_STEP) : messages;
  return [...kept, message];
}

/** The page that is on its way was asked for when there was nothing, so whatever it holds leads here. */
function isFirstOfAll(chat: ChatState, message: Message): boolean {
  return chat.loading === "latest" && chat.asked === 0 && message.seq === 1;
}

function placeLatest(chat: ChatState, page: History, newest: number): ChatState {
  const done = ended(chat.seeking === "latest" ? { ...chat, seeking: null } : chat, "latest");
  if (newest === 0) {
    // A first message came while the empty page was on its way: it is asked for again.
    const grew = chat.seq > (chat.asked ?? chat.seq);
    if (grew) return chat.messages.length > 0 ? done : { ...done, asked: null };
    // An empty log, whatever we were told before; or all of it was removed.
    return { ...withWindow({ ...done, seq: (page.oldest ?? 1) - 1 }, []), hasOlder: false };
  }
  // Live messages that came before the page follow it.
  const tail = chat.messages.filter((message) => message.seq > newest);
  const messages = tail[0]?.seq === newest + 1 ? [...page.messages, ...tail] : page.messages;
  return { ...withWindow(done, messages), hasOlder: page.more };
}

function placeOlder(chat: ChatState, page: History, before: number): ChatState {
  const done = ended(chat, "older");
  const first = chat.messages[0];
  if (first && first.seq !== before) return done;
  const messages = [...page.messages, ...chat.messages];
  const kept = messages.length > WINDOW_MAX ? messages.slice(0, WINDOW_MAX) : messages;
  return { ...withWindow(done, kept), hasOlder: page.more && page.messages.length > 0 };
}

function placeNewer(chat: ChatState, page: History, after: number): ChatState {
  const done = ended(chat, "newer");
  const last = chat.messages.at(-1);
  if (!last) return withWindow(done, page.messages);
  if (after > last.seq) return done;
  // Live messages may have come before the page.
  const fresh = page.messages.filter((message) => message.seq > last.seq);
  // The host has nothing after our end, so its log is shorter than we were told.
  const seq = fresh.length === 0 ? last.seq : chat.seq;
  if (fresh.length > 0 && fresh[0]!.seq !== last.seq + 1 && after !== last.seq) return done;
  const messages = [...chat.messages, ...fresh];
  const kept = messages.length > WINDOW_MAX ? messages.slice(messages.length - WINDOW_MAX) : messages;
  const grown = withWindow({ ...done, seq }, kept);
  return grown.seeking === "latest" && !grown.hasNewer ? { ...grown, seeking: null } : grown;
}

/** The page around a place that was wished for is the window from now on; if the wish has changed since, it is nothing. */
function placeAround(chat: ChatState, page: History): ChatState {
  const done = ended(chat, "around");
  const goal = chat.seeking;
  if (goal === null || goal === "latest" || !answers(page, goal)) return done;
  // Nothing is kept of this log: what the newest page says of it is shown.
  if (page.messages.length === 0) return { ...done, seeking: "latest" };
  return arrive(withWindow({ ...done, seeking: null }, page.messages), goal);
}

function ended(chat: ChatState, loading: ChatState["loading"]): ChatState {
  return chat.loading === loading ? { ...chat, loading: null } : chat;
}

/** What the arrival of messages ends: my outbox entries, and being unread for what I wrote myself. */
function settle(chat: ChatState, messages: readonly Message[], me: string): ChatState {
  const mine = messages.find((message) => message.from === me && message.seq === chat.read + 1);
  return {
    ...chat,
    outbox: dropStored(chat.outbox, messages, me, chat.seq),
    read: mine ? mine.seq : chat.read,
  };
}

function isSame(a: Message, b: Message): boolean {
  return a.message_id === b.message_id && a.content === b.content && a.timestamp === b.timestamp && a.epoch === b.epoch;
}
