// From messages to the rows of the virtual list: day dividers, the "New" divider, blocks of one author. A row that did
// not change keeps its identity, so an appended message renders one row and not a thousand.

import type { Message } from "../wire";
import type { ChatState, RoomState, Row } from "./model";
import { myName, namesMe } from "./unread";

/** Messages of one author closer than this belong to one block, in milliseconds. */
export const BLOCK_MS = 5 * 60_000;

type MessageRow = Extract<Row, { type: "message" }>;

/** The whole list for a chat. Outbox entries stand at its end, and only where the end of the log is loaded. */
export function rows(room: RoomState, chat: ChatState): Row[] {
  const list: Row[] = [];
  const name = myName(room);
  let previous: Spoken | null = null;
  let divider = chat.divider;
  if (!chat.hasOlder && chat.epoch !== "" && chat.loading === null) list.push({ type: "start", key: "start" });
  for (const message of chat.messages) {
    const spoken = spokenOf(message);
    const mine = message.from === room.me;
    const newDay = addDay(list, previous, spoken, message.timestamp);
    const newHere: boolean = divider !== null && message.seq > divider && !mine;
    if (newHere) {
      list.push({ type: "new", key: "new" });
      divider = null;
    }
    const first = newDay || newHere || !continues(previous, spoken);
    const mention = !mine && namesMe(message.content, name);
    list.push({
      type: "message",
      key: rowKey(message.from, message.message_id),
      message,
      mine,
      first,
      last: false,
      mention,
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
  return list.map((row, index) => finish(row, list[index + 1]));
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
function finish(row: Row, next: Row | undefined): Row {
  if (row.type !== "message" && row.type !== "outbox") return row;
  const goesOn = (next?.type === "message" || next?.type === "outbox") && !next.first;
  const settled = { ...row, last: !goesOn };
  if (settled.type === "outbox") return settled;
  const cached = rowCache.get(settled.message);
  if (
    cached &&
    cached.mine === settled.mine &&
    cached.first === settled.first &&
    cached.last === settled.last &&
    cached.mention === settled.mention
  ) {
    return cached;
  }
  rowCache.set(settled.message, settled);
  return settled;
}
