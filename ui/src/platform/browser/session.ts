// A guest's stay in one room: connection, positions and outbox put together, in the order that docs/protocol.md
// "Resuming" asks for. It hands up platform events and knows neither DOM nor storage.

import { chatOfMessage, directKey, topicKey } from "../../chat";
import type { ClientFrame, Connection as State, Hello, JoinTopic, PlatformEvent, ServerFrame } from "../../wire";
import { uuidV7 } from "../ids";
import type { Clock } from "./clock";
import { Connection } from "./connection";
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
  #me = "";
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
      mayGo: ({ topic }) => topic === undefined || this.#ttls.get(topic) === undefined || this.#passing.has(topic),
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
        return this.#up(frame);
      case "MSG": {
        if (frame.data.from === this.#me) this.outbox.acknowledged(frame.data.message_id);
        const key = chatOfMessage(frame.data, this.#me);
        return key ? this.#positions.live(key, frame.data) : undefined;
      }
      case "MSG_ACK":
        this.#up(frame);
        return this.outbox.acknowledged(frame.data.message_id);
      case "RESUMED":
        return this.#positions.resumed(frame.data);
      case "ERROR": {
        const { message_id, topic } = frame.data.details;
        if (message_id !== undefined) this.outbox.refused(frame.data);
        else if (topic !== undefined) this.#positions.giveUp(topicKey(topic));
        return this.#up(frame);
      }
      case "PONG":
        return;
      default:
        return this.#up(frame);
    }
  }

  #state(connection: State): void {
    this.options.emit({ type: "connection", room: this.options.roomId, connection });
  }

  #ended(): void {
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
