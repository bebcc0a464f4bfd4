// A room of the demo world: a very small host in memory that answers the frames of landline.v1 as the real one does.

import type { ChatKey } from "../../chat";
import { hitsOf } from "./search";
import type { ClientFrame, Message, RoomInfo, ServerFrame, UserInfo } from "../../wire";

export const EPOCH = "1-3f9c2a7be04d11a6";

interface Log {
  messages: Message[];
  /** Those that disappear, which have no place in the log. */
  passing: Message[];
  /** How long messages live here, in seconds; absent: they stay. */
  ttl?: number;
  /** Guests of the older chat systems. */
  guests?: number;
  members: string[];
  read: number;
  /** How far others have read, beside what they said. */
  seen?: Record<string, number>;
}

export class FakeRoom {
  readonly logs = new Map<ChatKey, Log>();
  #order = 1;

  constructor(
    readonly info: RoomInfo,
    readonly me: UserInfo,
    readonly people: UserInfo[],
    private readonly emit: (frame: ServerFrame) => void,
  ) {}

  /** Puts a message into a log without telling anybody: the past. `agoMinutes` before now. */
  past(key: ChatKey, from: UserInfo, agoMinutes: number, content: string): void {
    this.#write(key, from, content, Date.now() - agoMinutes * 60_000, undefined);
  }

  log(key: ChatKey): Log {
    const log = this.logs.get(key) ?? { messages: [], passing: [], members: [], read: 0 };
    this.logs.set(key, log);
    return log;
  }

  /** Somebody says something now. */
  say(key: ChatKey, from: UserInfo, content: string, messageId?: string): Message {
    const message = this.#write(key, from, content, Date.now(), messageId);
    this.emit({ type: "MSG", data: message });
    return message;
  }

  /** What a client hears when it comes. */
  welcome(joined: readonly ChatKey[]): void {
    this.emit({
      type: "HELLO_ACK",
      data: {
        user_id: this.me.user_id,
        status: "connected",
        time: new Date().toISOString(),
        via: this.me.via,
        room: this.info,
        epoch: EPOCH,
        limits: { text_bytes: 16_384, messages_burst: 10, messages_per_second: 2, in_flight: 64 },
      },
    });
    this.emit({ type: "PRESENCE", data: { users: this.people, complete: true } });
    this.answer({ type: "LIST_TOPICS", data: {} });
    this.answer({ type: "LIST_DIRECT", data: {} });
    for (const key of joined) this.answer({ type: "JOIN_TOPIC", data: { topic: key.slice(1) } });
  }

  answer(frame: ClientFrame): void {
    switch (frame.type) {
      case "LIST_TOPICS":
        return this.emit({ type: "TOPICS", data: { topics: this.#topics(), complete: true } });
      case "LIST_DIRECT":
        return this.emit({ type: "DIRECT", data: { chats: this.#direct(), complete: true } });
      case "JOIN_TOPIC":
        return this.#join(frame.data.topic, frame.data.ttl);
      case "FIND_PAIR":
        return this.emit({ type: "PAIR", data: { state: "waiting" } });
      case "LEAVE_PAIR":
        return this.emit({ type: "PAIR", data: { state: "off" } });
      case "LEAVE_TOPIC":
        return this.emit({ type: "TOPIC_LEFT", data: { topic: frame.data.topic } });
      case "HISTORY":
        return this.#history(frame.data);
      case "SEARCH": {
        const { search_id, query, topic, with: other } = frame.data;
        const here = topic === undefined && other === undefined ? null : keyOf(frame.data);
        const logs = [...this.logs].filter(([key]) => here === null || key === here).flatMap(([, log]) => log.messages);
        const hits = hitsOf(logs, query, this.me.user_id);
        return this.emit({
          type: "FOUND",
          data: { ...(search_id === undefined ? {} : { search_id }), hits, more: false },
        });
      }
      case "MARK_READ": {
        const key = keyOf(frame.data);
        this.log(key).read = Math.max(this.log(key).read, frame.data.seq);
        return this.emit({ type: "READ", data: { ...frame.data, user_id: this.me.user_id } });
      }
      case "SEEN_BY": {
        const { topic, seq } = frame.data;
        const people = this.#others(`#${topic}`).filter(({ user_id }) => this.#seen(`#${topic}`, user_id) >= seq);
        return this.emit({ type: "SEEN_BY", data: { topic, seq, count: people.length, people, more: false } });
      }
      default:
        return;
    }
  }

  #join(topic: string, ttl: number | undefined): void {
    const isNew = !this.logs.has(`#${topic}`);
    const log = this.log(`#${topic}`);
    if (isNew && ttl !== undefined) log.ttl = ttl;
    if (!log.members.includes(this.me.user_id)) log.members.push(this.me.user_id);
    const members = this.people.filter((person) => log.members.includes(person.user_id));
    const seq = log.messages.length;
    if (isNew) this.emit({ type: "TOPICS", data: { topics: this.#topics().slice(-1), complete: false } });
    this.emit({
      type: "TOPIC_JOINED",
      data: { topic, epoch: EPOCH, seq, members, member_count: log.members.length, ...kindOf(log), read: log.read },
    });
    const seen = this.#others(`#${topic}`).map(({ user_id }) => ({ user_id, seq: this.#seen(`#${topic}`, user_id) }));
    const markers = seen.filter((marker) => marker.seq > 0);
    if (markers.length > 0) this.emit({ type: "SEEN", data: { topic, markers, complete: true } });
  }

  /** Somebody has read all that is there. */
  reads(key: ChatKey, who: UserInfo): void {
    const log = this.log(key);
    log.seen = { ...log.seen, [who.user_id]: log.messages.length };
    const place = key.startsWith("#") ? { topic: key.slice(1) } : { with: who.user_id };
    const markers = [{ user_id: who.user_id, seq: log.messages.length }];
    this.emit({ type: "SEEN", data: { ...place, markers, complete: false } });
  }

  #others(key: ChatKey): UserInfo[] {
    const { members } = this.log(key);
    return this.people.filter(({ user_id }) => user_id !== this.me.user_id && members.includes(user_id));
  }

  /** Whoever said something has read what was before it. */
  #seen(key: ChatKey, user: string): number {
    const log = this.log(key);
    const said = log.messages.findLast((message) => message.from === user)?.seq ?? 0;
    return Math.max(said, log.seen?.[user] ?? 0);
  }

  #history(ask: Extract<ClientFrame, { type: "HISTORY" }>["data"]): void {
    const log = this.log(keyOf(ask));
    const now = new Date().toISOString();
    log.passing = log.passing.filter((message) => (message.expires_at ?? "") > now);
    const all = log.messages;
    const { before, after, around, at, limit = 50, ...place } = ask;
    const first =
      around ?? (at === undefined ? undefined : (all.find((one) => one.timestamp >= at)?.seq ?? all.length + 1));
    const start = first === undefined ? 0 : Math.max(0, Math.min(first - 1 - (limit >> 1), all.length - limit));
    const fits = all
      .slice(start)
      .filter(({ seq }) => (before === undefined || seq < before) && (after === undefined || seq > after));
    const messages = after === undefined && first === undefined ? fits.slice(-limit) : fits.slice(0, limit);
    this.emit({
      type: "HISTORY",
      data: {
        ...place,
        ...(before === undefined ? {} : { before }),
        ...(after === undefined ? {} : { after }),
        ...(around === undefined ? {} : { around }),
        ...(at === undefined ? {} : { at }),
        messages: before === undefined ? [...messages, ...log.passing] : messages,
        more: messages.length < fits.length,
      },
    });
  }

  #write(key: ChatKey, from: UserInfo, content: string, at: number, messageId: string | undefined): Message {
    const log = this.log(key);
    const isPassing = log.ttl !== undefined || from.via === "topic";
    const seq = log.messages.length + (isPassing ? 0 : 1);
    const other = key.slice(1);
    const message: Message = {
      from: from.user_id,
      display_name: from.display_name,
      via: from.via,
      ...(key.startsWith("#") ? { topic: other } : { to: from === this.me ? other : this.me.user_id }),
      kind: "text",
      content,
      message_id: messageId ?? `demo-${key}-${log.messages.length}-${this.#order++}`,
      epoch: EPOCH,
      seq,
      timestamp: new Date(at).toISOString(),
      ...(isPassing
        ? { expires_at: new Date(at + (log.ttl ?? 30) * 1_000).toISOString(), order: (this.#order += 1) }
        : {}),
    };
    (isPassing ? log.passing : log.messages).push(message);
    return message;
  }

  #topics() {
    return [...this.logs]
      .filter(([key]) => key.startsWith("#"))
      .map(([key, log]) => ({
        topic: key.slice(1),
        epoch: EPOCH,
        seq: log.messages.length,
        member_count: log.members.length,
        ...kindOf(log),
        read: log.read,
      }));
  }

  #direct() {
    return [...this.logs]
      .filter(([key, log]) => key.startsWith("@") && log.messages.length > 0)
      .sort(([, a], [, b]) => (a.messages.at(-1)!.timestamp < b.messages.at(-1)!.timestamp ? 1 : -1))
      .map(([key, log]) => ({
        with: key.slice(1),
        display_name: this.people.find((person) => person.user_id === key.slice(1))?.display_name ?? "somebody",
        epoch: EPOCH,
        seq: log.messages.length,
        read: log.read,
        seen: this.#seen(key, key.slice(1)),
      }));
  }
}

function kindOf({ ttl, guests }: Log): { ttl?: number; guests?: number } {
  return { ...(ttl === undefined ? {} : { ttl }), ...(guests === undefined ? {} : { guests }) };
}

function keyOf(place: { topic?: string; with?: string }): ChatKey {
  return place.topic === undefined ? `@${place.with ?? ""}` : `#${place.topic}`;
}
