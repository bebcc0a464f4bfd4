// Going to a place of a chat: a message, a moment, or the end, wherever the window on the log stands now. A wish is kept
// until it can be asked for; its page replaces the window, which is not live then and says so by `hasNewer`.

import type { History, Message } from "../wire";
import type { ChatState, Goal, Landing } from "./model";
import { findSeq } from "./timeline";

/** The chat on its way to `goal`, or there already if the window holds it. */
export function seek(chat: ChatState, goal: Goal): ChatState {
  const wished = { ...chat, atEnd: false };
  const found = find(chat, goal);
  return found ? land({ ...wished, seeking: null }, found) : { ...wished, seeking: goal };
}

/** The place as a request names it. */
export function placeOfGoal(goal: Goal): { around: number } | { at: string } {
  return "seq" in goal ? { around: goal.seq } : { at: new Date(goal.at).toISOString() };
}

/** Whether this page answers that wish, and not one of before. */
export function answers(page: History, goal: Goal): boolean {
  return "seq" in goal ? page.around === goal.seq : page.at !== undefined && Date.parse(page.at) === goal.at;
}

/** The window holds what can be had around the goal: to it, or to what is nearest. */
export function arrive(chat: ChatState, goal: Goal): ChatState {
  const { messages } = chat;
  const index = firstFrom(messages, goal);
  const there = messages[index] ?? messages.at(-1);
  if (!there) return chat;
  const missed = "seq" in goal ? there.seq !== goal.seq : index === messages.length;
  return land(chat, { seq: there.seq, missed });
}

/** The message in the window, as far as the window can tell that it is the one. */
function find(chat: ChatState, goal: Goal): Omit<Landing, "id"> | null {
  const { messages, hasOlder, hasNewer } = chat;
  if ("seq" in goal) return findSeq(messages, goal.seq) < 0 ? null : { seq: goal.seq, missed: false };
  const index = firstFrom(messages, goal);
  const there = messages[index];
  if (there) return index > 0 || !hasOlder ? { seq: there.seq, missed: false } : null;
  const last = messages.at(-1);
  return last && !hasNewer ? { seq: last.seq, missed: true } : null;
}

/** The index of the first message at the goal or after it. Times rise with `seq`. */
function firstFrom(messages: readonly Message[], goal: Goal): number {
  const index =
    "seq" in goal
      ? messages.findIndex((message) => message.seq >= goal.seq)
      : messages.findIndex((message) => Date.parse(message.timestamp) >= goal.at);
  return index < 0 ? messages.length : index;
}

/** The person is there. */
export function land(chat: ChatState, place: Omit<Landing, "id">): ChatState {
  return { ...chat, atEnd: place.seq === null, landed: { ...place, id: (chat.landed?.id ?? 0) + 1 } };
}
