// A guest's stay in one room: connection, positions and outbox put together, in the order that docs/protocol.md
// "Resuming" asks for. It hands up platform events and knows neither DOM nor storage.

import { chatKey, type ChatKey, chatOfMessage, directKey, topicKey } from "../../chat";
import type {
  ClientFrame,
  Connection as State,
  Hello,
  JoinTopic,
  OutboxMessage,
  PlatformEvent,
  ServerFrame,
} from "../../wire";
import { uuidV7 } from "../ids";
import type { Clock } from "./clock";
import { Connection } from "./connection";
import { KeptMessages } from "./kept";
import { Outbox } from "./outbox";
import { Positions } from "./positions";
import type { OpenSocket } from "./socket";

export interface SessionOptions {
  readonly roomId: string;
  readonly address: string;
  readonly clock: Clock;
  readonly open: OpenSocket;
  readonly hello: () => Hello;
  readonly hasNetwork: () => boolean;
  /** Topics to join at each hello; one that disappears with its `ttl`, so that it never comes back as one that stays. */
  readonly topics: () => readonly JoinTopic[];
  /** I am in these topics now. */
  readonly keepTopics: (topics: readonly JoinTopic[]) => void;
  readonly emit: (event: PlatformEvent) => void;
}

export class Session {
  readonly connection: Connection;
  readonly outbox: Outbox;
  readonly #positions: Positions;
  readonly #kept = new KeptMessages();
  #me = "";
  /** The life of the host's logs in this session. */
  #epoch = "";
  /** What was told of each topic: how long its messages live. */
  readonly #ttls = new Map<string, number | undefined>();

  /** Topics that were told to disappear in this session: what is written for one never goes where it would stay. */
  readonly #passing = new Set<string>();

  constructor(private readonly options: SessionOptions) {
    for (const { topic, ttl } of options.topics()) this.#ttls.set(topic, ttl);
    this.connection = new Connection(options, {
      state: (state) => this.#state(state),
      frame: (frame) => this.#frame(frame),
      ended: () => this.#ended(),
    });
    this.#positions = new Positions({
      send: (frame) => this.connection.send(frame),
      up: (frame) => this.#up(frame),
    });
    this.outbox = new Outbox(options.clock, {
      send: (frame) => this.connection.send(frame),
      mayGo: (message) => this.#mayGo(message),
      changed: (message) => options.emit({ type: "outbox", room: options.roomId, message }),
      discarded: (message_id) => options.emit({ type: "discarded", room: options.roomId, message_id }),
      stuck: () => this.connection.restart(),
    });
  }

  send(frame: ClientFrame): void {
    if (frame.type !== "MSG") {
      if (frame.type === "LEAVE_TOPIC") this.#forgetTopic(frame.data.topic);
      this.connection.send(frame);
      return;
    }
    const { topic, to, content, message_id = uuidV7(this.options.clock.now()) } = frame.data;
    this.outbox.add({
      message_id,
      ...(topic === undefined ? { to: to ?? "" } : { topic }),
      content,
      written_at: new Date(this.options.clock.now()).toISOString(),
      state: "queued",
    });
  }

  retry(messageId: string): void {
    const message = this.outbox.all().find((entry) => entry.message_id === messageId);
    // It may have failed because the topic was not joined.
    if (message?.topic !== undefined) this.connection.send({ type: "JOIN_TOPIC", data: this.#way(message.topic) });
    this.outbox.retry(messageId, () => uuidV7(this.options.clock.now()));
  }

  #frame(frame: ServerFrame): void {
    switch (frame.type) {
      case "HELLO_ACK": {
        this.#up(frame);
        const isRename = this.#me !== "";
        this.#me = frame.data.user_id;
        if (isRename) return;
        this.#epoch = frame.data.epoch;
        this.#kept.opened(this.#epoch);
        for (const topic of this.options.topics()) this.connection.send({ type: "JOIN_TOPIC", data: topic });
        this.#positions.resumeDirect();
        this.connection.send({ type: "LIST_TOPICS", data: {} });
        this.connection.send({ type: "LIST_DIRECT", data: {} });
        return this.outbox.opened(frame.data.limits);
      }
      case "TOPIC_JOINED": {
        const { topic, epoch, seq, ttl } = frame.data;
        // The gap is asked for before the screen asks for pages.
        this.#positions.entered(topicKey(topic), epoch, seq);
        this.#up(frame);
        this.#ask(topicKey(topic), ttl === undefined);
        this.#settle(topic, ttl);
        const topics = this.options.topics();
        const others = topics.filter((other) => other.topic !== topic);
        const known = topics.find((other) => other.topic === topic);
        if (!known || known.ttl !== ttl) this.options.keepTopics([...others, this.#way(topic)]);
        return;
      }
      case "TOPICS":
        // Of one that I was in, TOPIC_JOINED tells what became of it, and of what I wrote for it.
        for (const { topic, ttl } of frame.data.topics) if (!this.#ttls.get(topic)) this.#ttls.set(topic, ttl);
        return this.#up(frame);
      case "TOPIC_LEFT":
        this.#forgetTopic(frame.data.topic);
        return this.#up(frame);
      case "DIRECT":
        // A new chat is told of beside its first message, which must not count as known.
        if (!frame.data.complete) return this.#up(frame);
        for (const chat of frame.data.chats) this.#positions.listed(directKey(chat.with), chat.epoch, chat.seq);
        // One that is not on the list has lost everything.
        for (const key of this.#kept.direct()) {
          if (frame.data.chats.some((chat) => directKey(chat.with) === key)) this.#ask(key, true);
          else this.outbox.offer(this.#kept.settle(key, this.#epoch, false));
        }
        return this.#up(frame);
      case "MSG": {
        if (frame.data.from === this.#me) this.#acknowledged(frame.data, frame.data.expires_at === undefined);
        const key = chatOfMessage(frame.data, this.#me);
        return key ? this.#positions.live(key, frame.data) : undefined;
      }
      case "MSG_ACK":
        this.#up(frame);
        return this.#acknowledged(frame.data, frame.data.status === "stored");
      case "HISTORY": {
        const lost = this.#kept.answered(frame.data, this.#me, this.#epoch);
        return lost ? this.outbox.offer(lost) : this.#up(frame);
      }
      case "RESUMED":
        return this.#positions.resumed(frame.data);
      case "ERROR": {
        const { message_id, topic } = frame.data.details;
        if (message_id !== undefined) this.outbox.refused(frame.data);
        else if (topic !== undefined) this.#positions.giveUp(topicKey(topic));
        // It may be the answer to a question of ours: nothing is held back for one that does not come.
        else if (this.#kept.giveUp()) this.outbox.flush();
        return this.#up(frame);
      }
      case "PONG":
        for (const head of frame.data.heads ?? []) {
          const key = chatKey(head);
          if (key) this.#positions.head(key, head.epoch, head.seq);
        }
        return;
      default:
        return this.#up(frame);
    }
  }

  #state(connection: State): void {
    this.options.emit({ type: "connection", room: this.options.roomId, connection });
  }

  /** What is written to disappear never goes where it would stay, and nothing overtakes what the host has lost. */
  #mayGo(message: OutboxMessage): boolean {
    if (this.#kept.inDoubt(chatKey(message))) return false;
    const { topic } = message;
    return topic === undefined || this.#ttls.get(topic) === undefined || this.#passing.has(topic);
  }

  #acknowledged(at: { message_id: string; epoch: string; seq: number }, isStored: boolean): void {
    const message = this.outbox.acknowledged(at.message_id);
    if (message && isStored) this.#kept.add(message, at.epoch, at.seq);
  }

  /** Whether the host still has what it acknowledged. What was there to stay is not offered where it would disappear. */
  #ask(key: ChatKey, stays: boolean): void {
    const question = stays ? this.#kept.question(key) : null;
    if (question) this.connection.send(question);
    else if (!stays) this.#kept.settle(key, this.#epoch, true);
  }

  #ended(): void {
    this.#kept.ended();
    this.#me = "";
    this.#passing.clear();
    this.#positions.ended();
    this.outbox.ended();
  }

  #forgetTopic(topic: string): void {
    this.#positions.left(topicKey(topic));
    this.options.keepTopics(this.options.topics().filter((other) => other.topic !== topic));
  }

  /** How a topic is now. One that was to disappear and stays by now was made anew by somebody else. */
  #settle(topic: string, ttl: number | undefined): void {
    if (ttl === undefined && this.#ttls.get(topic) !== undefined) this.outbox.failTopic(topic, "STAYS_NOW");
    this.#ttls.set(topic, ttl);
    if (ttl === undefined) this.#passing.delete(topic);
    else this.#passing.add(topic);
    this.outbox.flush();
  }

  /** How to enter a topic that I was told of. */
  #way(topic: string): JoinTopic {
    const ttl = this.#ttls.get(topic);
    return ttl === undefined ? { topic } : { topic, ttl };
  }

  #up(frame: ServerFrame): void {
    this.options.emit({ type: "frame", room: this.options.roomId, frame });
  }
}
