// My messages without a place in the log yet. The platform owns the real outbox; this is what it told of it.

import type { Message, MsgAck, OutboxMessage } from "../wire";
import type { ChatState, OutboxEntry } from "./model";

/** A message of mine is new or its state changed. One that is in the log already does not come back. */
export function putOutbox(chat: ChatState, message: OutboxMessage, me: string): ChatState {
  if (isStored(chat, message.message_id, me)) return chat;
  const index = chat.outbox.findIndex((entry) => entry.message_id === message.message_id);
  if (index < 0) return { ...chat, outbox: [...chat.outbox, message] };
  const { seq, until } = chat.outbox[index]!;
  const told = { ...(seq === undefined ? {} : { seq }), ...(until === undefined ? {} : { until }) };
  return { ...chat, outbox: chat.outbox.with(index, { ...message, ...told }) };
}

/**
 * The host has it. Until its MSG comes it stays where it is, as acknowledged; if the head has passed it, the MSG was
 * here before (a resend after a break), so it only goes. One that disappears names no place of its own, and may be gone
 * by the time that its MSG could come: it waits as long as it lives.
 */
export function acknowledge(chat: ChatState, ack: MsgAck, now: number): ChatState {
  const index = chat.outbox.findIndex((entry) => entry.message_id === ack.message_id);
  if (index < 0) return chat;
  if (ack.status === "sent") {
    const until = now + (chat.ttl ?? 0) * 1_000;
    if (ack.dup || until <= now) return { ...chat, outbox: chat.outbox.toSpliced(index, 1) };
    return { ...chat, outbox: chat.outbox.with(index, { ...chat.outbox[index]!, state: "sent", until }) };
  }
  if (ack.seq <= chat.seq) return { ...chat, outbox: chat.outbox.toSpliced(index, 1) };
  const entry: OutboxEntry = { ...chat.outbox[index]!, state: "sent", seq: ack.seq };
  return { ...chat, outbox: chat.outbox.with(index, entry) };
}

export function discard(chat: ChatState, messageId: string): ChatState {
  const outbox = chat.outbox.filter((entry) => entry.message_id !== messageId);
  return outbox.length === chat.outbox.length ? chat : { ...chat, outbox };
}

/** What remains after these messages came: neither those nor what was acknowledged up to the head. */
export function dropStored(
  outbox: readonly OutboxEntry[],
  messages: readonly Message[],
  me: string,
  head: number,
): readonly OutboxEntry[] {
  if (outbox.length === 0) return outbox;
  const stored = new Set(messages.filter((message) => message.from === me).map((message) => message.message_id));
  const rest = outbox.filter((entry) => !stored.has(entry.message_id) && (entry.seq === undefined || entry.seq > head));
  return rest.length === outbox.length ? outbox : rest;
}

function isStored(chat: ChatState, messageId: string, me: string): boolean {
  const isIt = (message: Message) => message.message_id === messageId && message.from === me;
  return chat.messages.some(isIt) || chat.passing.some(isIt);
}
