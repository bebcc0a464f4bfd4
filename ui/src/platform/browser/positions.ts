// Where we stand in each chat, so that every message is handed up once, in order and without a hole, also over a break
// (docs/protocol.md "Resuming"). Live messages that come while a gap is open wait and are merged by `seq`. Those that
// disappear have no place of their own: they never move a position, and are told apart by author and id.

import { chatKey, type ChatKey, placeOf } from "../../chat";
import type { ClientFrame, Message, Resumed, ServerFrame } from "../../wire";

interface Stand {
  epoch: string;
  /** `seq` of the last message that was handed up, or the head when the chat was entered. */
  seq: number;
  /**
   * `seq` is from a list, which may know a message before it was sent to us: until the first one beyond it, messages
   * at or below it are handed up too, and the screen's window sorts doubles out.
   */
  listed: boolean;
  /** A RESUME is on its way. */
  gap: boolean;
  /** The session ended since: what disappears may have been missed, whatever the head says. */
  broken: boolean;
  /** Live messages that came meanwhile, by what they are known by. */
  readonly held: Map<string, Message>;
  /** Disappearing messages that were handed up, and when each is over by the host's clock. */
  readonly passed: Map<string, number>;
}

export interface PositionsEvents {
  send(frame: ClientFrame): void;
  up(frame: ServerFrame): void;
}

export class Positions {
  readonly #stands = new Map<ChatKey, Stand>();

  constructor(private readonly events: PositionsEvents) {}

  /** The chat's head as TOPIC_JOINED tells it. New to us: begin there; known: is something missing? */
  entered(key: ChatKey, epoch: string, seq: number): void {
    const stand = this.#stands.get(key);
    if (!stand) {
      this.#stands.set(key, begin(epoch, seq, false));
      return;
    }
    if (!stand.gap && (stand.broken || stand.epoch !== epoch || stand.seq !== seq)) this.#resume(key, stand);
  }

  /** A direct chat's head as a list tells it. */
  listed(key: ChatKey, epoch: string, seq: number): void {
    if (!this.#stands.has(key)) this.#stands.set(key, begin(epoch, seq, true));
  }

  /** Direct chats come live from the hello on, so their gap is asked for before anything else. */
  resumeDirect(): void {
    for (const [key, stand] of this.#stands) if (key.startsWith("@")) this.#resume(key, stand);
  }

  /** Where a log ends that has grown, as a PONG tells it; all up to there was sent to us before. */
  head(key: ChatKey, epoch: string, seq: number): void {
    const stand = this.#stands.get(key);
    if (!stand && key.startsWith("@")) {
      // A direct chat that we never heard of begins at its beginning.
      const first = begin(epoch, 0, false);
      this.#stands.set(key, first);
      return this.#resume(key, first);
    }
    if (stand && !stand.gap && stand.seq < seq) this.#resume(key, stand);
  }

  live(key: ChatKey, message: Message): void {
    const stand = this.#stands.get(key);
    if (!stand) {
      const first = begin(message.epoch, message.seq, false);
      this.#stands.set(key, first);
      if (message.expires_at !== undefined) return this.#pass(first, message);
      return this.events.up({ type: "MSG", data: message });
    }
    if (message.expires_at !== undefined && !stand.gap && message.seq <= stand.seq) return this.#pass(stand, message);
    if (message.expires_at === undefined && message.seq <= stand.seq) {
      if (stand.listed) this.events.up({ type: "MSG", data: message });
      return;
    }
    const isNext = message.expires_at === undefined && message.seq === stand.seq + 1;
    if (!stand.gap && isNext) return this.#take(stand, message);
    if (stand.passed.has(nameOf(message))) return;
    stand.held.set(nameOf(message), message);
    if (!stand.gap) this.#resume(key, stand);
  }

  resumed(frame: Resumed): void {
    const key = chatKey(frame);
    const stand = key ? this.#stands.get(key) : undefined;
    // An answer to a question of a session before this one.
    if (!key || !stand?.gap) return;
    if (frame.recovered) {
      for (const message of frame.messages) {
        if (message.expires_at !== undefined) this.#pass(stand, message);
        else if (message.seq > stand.seq) this.#take(stand, message);
      }
    } else {
      stand.passed.clear();
      for (const message of frame.messages) if (message.expires_at !== undefined) remember(stand, message);
      this.events.up({ type: "RESUMED", data: frame });
    }
    stand.epoch = frame.epoch;
    stand.seq = frame.seq;
    dropOver(stand, frame.messages.at(-1));
    if (frame.recovered && frame.more) return this.#resume(key, stand);
    this.#close(key, stand);
  }

  /** The host will not answer for this chat: what came meanwhile is handed up, and the screen asks for the rest. */
  giveUp(key: ChatKey): void {
    const stand = this.#stands.get(key);
    if (!stand?.gap) return;
    this.#stands.delete(key);
    for (const message of inOrder(stand.held)) this.live(key, message);
  }

  left(key: ChatKey): void {
    this.#stands.delete(key);
  }

  /** The session is over: what was held comes again with the gap. */
  ended(): void {
    for (const stand of this.#stands.values()) {
      stand.gap = false;
      stand.broken = true;
      stand.listed = false;
      stand.held.clear();
    }
  }

  #resume(key: ChatKey, stand: Stand): void {
    stand.gap = true;
    stand.broken = false;
    this.events.send({ type: "RESUME", data: { ...placeOf(key), epoch: stand.epoch, seq: stand.seq } });
  }

  #close(key: ChatKey, stand: Stand): void {
    stand.gap = false;
    const held = inOrder(stand.held);
    stand.held.clear();
    for (const message of held) {
      // It stands behind a message that the host does not have: asking again would bring nothing either.
      if (message.expires_at !== undefined && !stand.gap) this.#pass(stand, message);
      else this.live(key, message);
    }
  }

  #take(stand: Stand, message: Message): void {
    stand.epoch = message.epoch;
    stand.seq = message.seq;
    stand.listed = false;
    this.events.up({ type: "MSG", data: message });
  }

  /** One that disappears, unless it was handed up already. */
  #pass(stand: Stand, message: Message): void {
    // It may have come live as well, while the gap was open.
    stand.held.delete(nameOf(message));
    if (stand.passed.has(nameOf(message))) return;
    remember(stand, message);
    this.events.up({ type: "MSG", data: message });
  }
}

function begin(epoch: string, seq: number, listed: boolean): Stand {
  return { epoch, seq, listed, gap: false, broken: false, held: new Map(), passed: new Map() };
}

function nameOf(message: Message): string {
  return message.expires_at === undefined ? `${message.seq}` : `${message.from} ${message.message_id}`;
}

function remember(stand: Stand, message: Message): void {
  // What was over when this one was said will not come again. Both times are the host's.
  const now = Date.parse(message.timestamp);
  for (const [name, end] of stand.passed) if (end <= now) stand.passed.delete(name);
  stand.passed.set(nameOf(message), Date.parse(message.expires_at ?? message.timestamp));
}

/** What disappears, came live before `last` and is not in the page that ends with it was over when the page was made. */
function dropOver(stand: Stand, last: Message | undefined): void {
  for (const [name, message] of stand.held) {
    if (last && message.expires_at !== undefined && inPlace(message, last) < 0) stand.held.delete(name);
  }
}

function inOrder(held: Map<string, Message>): Message[] {
  return [...held.values()].sort(inPlace);
}

function inPlace(a: Message, b: Message): number {
  return a.seq - b.seq || (a.order ?? -1) - (b.order ?? -1);
}
