// Where we stand in each chat, so that every message is handed up once, in order and without a hole, also over a break
// (docs/protocol.md "Resuming"). Live messages that come while a gap is open wait and are merged by `seq`.

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
  /** Live messages that came meanwhile, by `seq`. */
  readonly held: Map<number, Message>;
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
    if (!stand.gap && (stand.epoch !== epoch || stand.seq !== seq)) this.#resume(key, stand);
  }

  /** A direct chat's head as a list tells it. */
  listed(key: ChatKey, epoch: string, seq: number): void {
    if (!this.#stands.has(key)) this.#stands.set(key, begin(epoch, seq, true));
  }

  /** Direct chats come live from the hello on, so their gap is asked for before anything else. */
  resumeDirect(): void {
    for (const [key, stand] of this.#stands) if (key.startsWith("@")) this.#resume(key, stand);
  }

  live(key: ChatKey, message: Message): void {
    const stand = this.#stands.get(key);
    if (!stand) {
      this.#stands.set(key, begin(message.epoch, message.seq, false));
      return this.events.up({ type: "MSG", data: message });
    }
    if (message.seq <= stand.seq) {
      if (stand.listed) this.events.up({ type: "MSG", data: message });
      return;
    }
    if (!stand.gap && message.seq === stand.seq + 1) return this.#take(stand, message);
    stand.held.set(message.seq, message);
    if (!stand.gap) this.#resume(key, stand);
  }

  resumed(frame: Resumed): void {
    const key = chatKey(frame);
    const stand = key ? this.#stands.get(key) : undefined;
    // An answer to a question of a session before this one.
    if (!key || !stand?.gap) return;
    if (frame.recovered) {
      for (const message of frame.messages) if (message.seq > stand.seq) this.#take(stand, message);
    } else {
      this.events.up({ type: "RESUMED", data: frame });
    }
    stand.epoch = frame.epoch;
    stand.seq = frame.seq;
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
      stand.listed = false;
      stand.held.clear();
    }
  }

  #resume(key: ChatKey, stand: Stand): void {
    stand.gap = true;
    this.events.send({ type: "RESUME", data: { ...placeOf(key), epoch: stand.epoch, seq: stand.seq } });
  }

  #close(key: ChatKey, stand: Stand): void {
    stand.gap = false;
    const held = inOrder(stand.held);
    stand.held.clear();
    for (const message of held) this.live(key, message);
  }

  #take(stand: Stand, message: Message): void {
    stand.epoch = message.epoch;
    stand.seq = message.seq;
    stand.listed = false;
    this.events.up({ type: "MSG", data: message });
  }
}

function begin(epoch: string, seq: number, listed: boolean): Stand {
  return { epoch, seq, listed, gap: false, held: new Map() };
}

function inOrder(held: Map<number, Message>): Message[] {
  return [...held.values()].sort((a, b) => a.seq - b.seq);
}
