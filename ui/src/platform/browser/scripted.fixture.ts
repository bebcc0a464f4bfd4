// For tests: a clock whose hands the test turns, sockets whose other end the test plays, and a session between them.

import type { ClientFrame, JoinTopic, Limits, Message, PlatformEvent, ServerFrame } from "../../wire";
import type { Clock } from "./clock";
import { Session } from "./session";
import type { Socket, SocketEvents } from "./socket";

export class HandClock implements Clock {
  #now = 1_000_000;
  #timers: { at: number; act: () => void }[] = [];
  constructor(private readonly chances: () => number = () => 0.5) {}

  now(): number {
    return this.#now;
  }

  after(ms: number, act: () => void): () => void {
    const timer = { at: this.#now + ms, act };
    this.#timers.push(timer);
    return () => (this.#timers = this.#timers.filter((other) => other !== timer));
  }

  chance(): number {
    return this.chances();
  }

  /** Turns the hands, and every timer on the way rings at its time. */
  turn(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const next = this.#timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#now = Math.max(this.#now, next.at);
      next.act();
    }
    this.#now = until;
  }
}

export class HostEnd implements Socket {
  readonly heard: ClientFrame[] = [];
  ended = false;
  constructor(private readonly events: SocketEvents) {}

  send(text: string): void {
    this.heard.push(JSON.parse(text) as ClientFrame);
  }

  end(): void {
    this.ended = true;
  }

  open(): void {
    this.events.opened();
  }

  say(frame: ServerFrame): void {
    if (!this.ended) this.events.text(JSON.stringify(frame));
  }

  raw(text: string): void {
    this.events.text(text);
  }

  close(code: number, reason = ""): void {
    if (this.ended) return;
    this.ended = true;
    this.events.closed(code, reason);
  }

  /** The texts of the messages that arrived here. */
  texts(): string[] {
    return this.heard.flatMap((frame) => (frame.type === "MSG" ? [frame.data.content] : []));
  }

  all<T extends ClientFrame["type"]>(type: T): Extract<ClientFrame, { type: T }>["data"][] {
    return this.heard.flatMap((frame) => (frame.type === type ? [frame.data as never] : []));
  }
}

export const ME = "11111111-1111-4111-8111-111111111111";
export const BO = "22222222-2222-4222-8222-222222222222";
export const ROOM = { room_id: "9d3c52f0", name: "Workshop", access: "open" as const };
export const noLimits: Limits = { text_bytes: 16_384, messages_burst: 0, messages_per_second: 0, in_flight: 64 };

export function message(seq: number, content = `text ${seq}`, more: Partial<Message> = {}): Message {
  return {
    from: BO,
    display_name: "Bo Berg",
    via: "app",
    topic: "lobby",
    kind: "text",
    content,
    message_id: `m-${seq}`,
    epoch: "1.a",
    seq,
    timestamp: new Date(1_000_000 + seq * 1_000).toISOString(),
    ...more,
  };
}

/** A guest's session and everything it told. */
export class Stage {
  readonly clock: HandClock;
  readonly ends: HostEnd[] = [];
  readonly events: PlatformEvent[] = [];
  topics: readonly JoinTopic[] = [{ topic: "lobby" }];
  network = true;
  readonly session: Session;

  constructor(chances?: () => number) {
    this.clock = new HandClock(chances);
    this.session = new Session({
      roomId: ROOM.room_id,
      address: "192.168.1.20:8000",
      clock: this.clock,
      open: (events) => {
        const end = new HostEnd(events);
        this.ends.push(end);
        return end;
      },
      hello: () => ({ user_id: ME, token: "t".repeat(32), display_name: "Ana", client: "browser" }),
      hasNetwork: () => this.network,
      topics: () => this.topics,
      keepTopics: (topics) => (this.topics = topics),
      emit: (event) => this.events.push(event),
    });
  }

  /** The newest connection's other end. */
  get end(): HostEnd {
    return this.ends.at(-1)!;
  }

  get state(): string {
    const states = this.events.flatMap((event) => (event.type === "connection" ? [event.connection.state] : []));
    return states.at(-1) ?? "none";
  }

  /** The present connection opens and the host welcomes. */
  welcome(limits: Limits = noLimits, epoch = "1.a"): void {
    this.end.open();
    this.end.say({
      type: "HELLO_ACK",
      data: {
        user_id: ME,
        status: "connected",
        time: "2026-01-01T00:00:00.000Z",
        via: "browser",
        room: ROOM,
        epoch,
        limits,
      },
    });
  }

  /** Connected, welcomed, and in the lobby, whose head is `seq`. */
  online(seq = 0, limits: Limits = noLimits, epoch = "1.a"): void {
    this.session.connection.connect();
    this.welcome(limits, epoch);
    this.joined(seq, epoch);
  }

  joined(seq: number, epoch = "1.a"): void {
    this.end.say({
      type: "TOPIC_JOINED",
      data: { topic: "lobby", epoch, seq, members: [], member_count: 1, read: 0 },
    });
  }

  live(...seqs: number[]): void {
    for (const seq of seqs) this.end.say({ type: "MSG", data: message(seq) });
  }

  write(content: string): void {
    this.session.send({ type: "MSG", data: { topic: "lobby", content } });
  }

  /** `seq`s of the messages that were handed up, in order. */
  seen(): number[] {
    return this.events.flatMap((event) =>
      event.type === "frame" && event.frame.type === "MSG" ? [event.frame.data.seq] : [],
    );
  }

  /** How my messages stand, by text. */
  outbox(): Record<string, string> {
    return Object.fromEntries(this.session.outbox.all().map((entry) => [entry.content, entry.state]));
  }
}
