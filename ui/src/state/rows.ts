// From messages to the rows of the virtual list: day dividers, the "New" divider, blocks of one author. A row that did
// not change keeps its identity, so an appended message renders one row and not a thousand.

import type { Message } from "../wire";
import type { ChatState, Happening, RoomState, Row } from "./model";
import { byPlace, untilOf } from "./passing";
import { myName, namesMe } from "./unread";

/** Messages of one author closer than this belong to one block, in milliseconds. */
export const BLOCK_MS = 5 * 60_000;

type MessageRow = Extract<Row, { type: "message" }>;

/** How the list is wanted. */
export interface RowsWish {
  /** Whether those who come and go are shown. */
  readonly comings: boolean;
}

/** What of a chat the list shows. Nothing else of it is looked at here, so nothing else can change the list. */
export const SHOWN = [
  "messages",
  "passing",
  "happenings",
  "outbox",
  "epoch",
  "hasOlder",
  "hasNewer",
  "loading",
  "divider",
  "dividerOrder",
] as const satisfies readonly (keyof ChatState)[];
export type ShownChat = Pick<ChatState, (typeof SHOWN)[number]>;

/** What of a room it shows. `name`: mine. */
export type ShownRoom = Pick<RoomState, "me" | "ahead"> & { readonly name: string };

export const shownRoom = (room: RoomState): ShownRoom => ({ me: room.me, ahead: room.ahead, name: myName(room) });

/** The whole list for a chat. Outbox entries stand at its end, and only where the end of the log is loaded. */
export function rows(room: RoomState, chat: ChatState, wish: RowsWish = { comings: true }): Row[] {
  return rowsOf(shownRoom(room), chat, wish);
}

export function rowsOf(room: ShownRoom, chat: ShownChat, wish: RowsWish): Row[] {
  const list: Row[] = [];
  const { name } = room;
  let previous: Spoken | null = null;
  let wantsDivider = beginsInWindow(chat);
  if (!chat.hasOlder && chat.epoch !== "" && chat.loading === null) list.push({ type: "start", key: "start" });
  for (const one of merged(chat, wish)) {
    if (!("content" in one)) {
      addHappening(list, one);
      // Who speaks again after that is named again.
      previous = interrupted(previous);
      continue;
    }
    const message = one;
    const spoken = spokenOf(message);
    const mine = message.from === room.me;
    const newDay = addDay(list, previous, spoken, message.timestamp);
    const newHere: boolean = wantsDivider && !mine && isBeyond(chat, message);
    if (newHere) {
      list.push({ type: "new", key: "new" });
      wantsDivider = false;
    }
    const first = newDay || newHere || !continues(previous, spoken);
    const mention = !mine && namesMe(message.content, name);
    const until = message.expires_at === undefined ? null : untilOf(message, room.ahead);
    list.push({
      type: "message",
      key: rowKey(message.from, message.message_id),
      message,
      mine,
      first,
      last: false,
      mention,
      tick: null,
      until,
    });
    previous = spoken;
  }
  for (const entry of chat.hasNewer ? [] : chat.outbox) {
    const at = Date.parse(entry.written_at);
    // My own name may have changed since; what I write now still continues my block.
    const sameName = previous?.author === room.me ? previous.name : name;
    const spoken: Spoken = { author: room.me, name: sameName, at, day: dayOf(at) };
    const newDay = addDay(list, previous, spoken, entry.written_at);
    const first = newDay || !continues(previous, spoken);
    list.push({ type: "outbox", key: rowKey(room.me, entry.message_id), message: entry, first, last: false });
    previous = spoken;
  }
  const ticked = chat.hasNewer ? -1 : list.findLastIndex((row) => row.type === "message" && row.mine);
  return list.map((row, index) => finish(row, list[index + 1], index === ticked));
}

/** What is new begins in the window, and not somewhere before it. */
function beginsInWindow({ divider, hasOlder, messages }: ShownChat): boolean {
  return divider !== null && (!hasOlder || messages[0] === undefined || messages[0].seq <= divider + 1);
}

/** Whether the "New" divider stands before this message or an earlier one. */
function isBeyond(chat: ShownChat, { seq, order }: Message): boolean {
  const { divider, dividerOrder } = chat;
  if (divider === null) return false;
  return seq > divider || (seq === divider && order !== undefined && dividerOrder !== null && order >= dividerOrder);
}

/** The window on the log, with what stands behind its messages. */
function merged(chat: ShownChat, wish: RowsWish): (Message | Happening)[] {
  const { messages, hasOlder, hasNewer } = chat;
  const happenings = wish.comings ? chat.happenings : chat.happenings.filter((one) => !isComing(one));
  if (chat.passing.length + happenings.length === 0) return [...messages];
  // Behind a message that is not loaded it waits for that one.
  const first = hasOlder && messages[0] ? messages[0].seq - 1 : 0;
  const last = hasNewer ? (messages.at(-1)?.seq ?? 0) : Infinity;
  const between = [...chat.passing, ...happenings].filter(({ seq }) => seq >= first && seq <= last).sort(byPlace);
  const list: (Message | Happening)[] = [];
  let next = 0;
  for (const message of messages) {
    for (; next < between.length && between[next]!.seq < message.seq; next += 1) list.push(between[next]!);
    list.push(message);
  }
  return [...list, ...between.slice(next)];
}

const isComing = (one: Happening): boolean => one.kind === "joined" || one.kind === "left";

/** Those who come and go one after the other are one row. */
function addHappening(list: Row[], one: Happening): void {
  const before = list.at(-1);
  if (before?.type === "happening" && isComing(one) && isComing(before.happenings[0]!)) {
    list[list.length - 1] = { ...before, happenings: [...before.happenings, one] };
  } else {
    list.push({ type: "happening", key: `happening:${one.id}`, happenings: [one] });
  }
}

const rowKey = (author: string, messageId: string): string => `${author}:${messageId}`;

/** What grouping looks at. */
interface Spoken {
  readonly author: string;
  readonly name: string;
  readonly at: number;
  readonly day: number;
}

const spokenCache = new WeakMap<Message, Spoken>();
const rowCache = new WeakMap<Message, MessageRow>();

function spokenOf(message: Message): Spoken {
  const cached = spokenCache.get(message);
  if (cached) return cached;
  const at = Date.parse(message.timestamp);
  const spoken = { author: message.from, name: message.display_name, at, day: dayOf(at) };
  spokenCache.set(message, spoken);
  return spoken;
}

/** A number for the day in this device's time zone; days are compared by it. */
function dayOf(at: number): number {
  const date = new Date(at);
  return date.getFullYear() * 10_000 + date.getMonth() * 100 + date.getDate();
}

const interrupted = (previous: Spoken | null): Spoken | null => previous && { ...previous, author: "" };

function continues(previous: Spoken | null, next: Spoken): boolean {
  return (
    previous !== null &&
    previous.author === next.author &&
    previous.name === next.name &&
    Math.abs(next.at - previous.at) < BLOCK_MS
  );
}

/** Puts a day divider where a new day begins; days never go back, whatever a clock says. */
function addDay(list: Row[], previous: Spoken | null, next: Spoken, at: string): boolean {
  if (previous !== null && !(next.day > previous.day)) return false;
  list.push({ type: "day", key: `day:${next.day}`, at });
  return true;
}

/** The row with `last` settled by what follows it; the same object as the time before if nothing about it changed. */
function finish(row: Row, next: Row | undefined, ticked: boolean): Row {
  if (row.type !== "message" && row.type !== "outbox") return row;
  const goesOn = (next?.type === "message" || next?.type === "outbox") && !next.first;
  if (row.type === "outbox") return { ...row, last: !goesOn };
  const tick = !ticked ? null : row.until === null ? "saved" : "sent";
  const settled: MessageRow = { ...row, last: !goesOn, tick };
  const cached = rowCache.get(settled.message);
  if (
    cached &&
    cached.mine === settled.mine &&
    cached.first === settled.first &&
    cached.last === settled.last &&
    cached.mention === settled.mention &&
    cached.tick === settled.tick &&
    cached.until === settled.until
  ) {
    return cached;
  }
  rowCache.set(settled.message, settled);
  return settled;
}
