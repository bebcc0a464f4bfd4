// A guest's messages that the host has not acknowledged: kept in memory, in order, paced below the host's limits, sent
// again with the same `message_id` after every break, so that nothing is lost, doubled or overtaken.

import type { ClientFrame, Limits, OutboxMessage, Refusal } from "../../wire";
import type { Clock } from "./clock";
import { Pace } from "./pace";

/** Longest frame the host takes, in bytes (docs/protocol.md, FRAME_BYTES). */
const FRAME_BYTES = 64 * 1024;
/** Wait before the next try where the host names none, in milliseconds. */
const RETRY_MS = 2_000;
const PASSING = new Set(["RATE_LIMITED", "BUSY", "READ_ONLY", "INTERNAL"]);

export interface OutboxEvents {
  /** Sends if there is a session; says whether it did. */
  send(frame: ClientFrame): boolean;
  /** Whether it may go now; one that may not waits, and those behind it go on. */
  mayGo(message: OutboxMessage): boolean;
  changed(message: OutboxMessage): void;
  discarded(messageId: string): void;
  /** The host waits for a message that will not come; only a new session opens the way again. */
  stuck(): void;
}

export class Outbox {
  #entries: OutboxMessage[] = [];
  #limits: Limits | null = null;
  readonly #pace: Pace;
  /** Nothing is sent before this time. */
  #pausedUntil = 0;
  /** The message that the host wants to see first (`retry_from`), until it is sent again. */
  #from: string | null = null;
  /** Failed because their id was used for something else. */
  readonly #conflicts = new Set<string>();
  /** Discarded in this session: the host may still wait for one of them. */
  readonly #gone = new Set<string>();
  #stopTimer: () => void = () => {};

  constructor(
    private readonly clock: Clock,
    private readonly events: OutboxEvents,
  ) {
    this.#pace = new Pace(clock);
  }

  /** Messages that still want to be sent; failed ones wait for the person. */
  get waiting(): number {
    return this.#entries.filter((entry) => entry.state !== "failed").length;
  }

  all(): readonly OutboxMessage[] {
    return this.#entries;
  }

  add(message: OutboxMessage): void {
    this.#entries.push(message);
    const bytes = new TextEncoder().encode(message.content).length;
    const frame = new TextEncoder().encode(JSON.stringify(frameOf(message))).length;
    if (bytes > (this.#limits?.text_bytes ?? Infinity) || frame > FRAME_BYTES) {
      return this.#set(message.message_id, { state: "failed", error: "too long for the host" });
    }
    this.events.changed(message);
    this.flush();
  }

  /** A session is open: everything without an answer is sent again, in order. */
  opened(limits: Limits): void {
    this.#limits = limits;
    this.#pace.limit(limits.messages_burst, limits.messages_per_second);
    this.#pausedUntil = 0;
    this.#from = null;
    this.#gone.clear();
    this.flush();
  }

  ended(): void {
    this.#stopTimer();
    this.#requeue(0);
  }

  /** The host has it; answers with what it was. */
  acknowledged(messageId: string): OutboxMessage | undefined {
    const entry = this.#entries[this.#find(messageId)];
    this.#entries = this.#entries.filter((other) => other !== entry);
    this.flush();
    return entry;
  }

  /** The host has lost these: they go before everything that waits. */
  offer(messages: readonly OutboxMessage[]): void {
    const again = messages.map((message): OutboxMessage => ({ ...message, state: "queued" }));
    this.#entries = [...again, ...this.#entries];
    for (const message of again) this.events.changed(message);
    this.flush();
  }

  /** What waits for this topic will not be sent, and the person is told why. */
  failTopic(topic: string, error: string): void {
    for (const entry of this.#entries) {
      if (entry.topic === topic && entry.state === "queued") this.#set(entry.message_id, { state: "failed", error });
    }
  }

  /** A refusal that names a message. */
  refused({ code, message, details }: Refusal): void {
    const messageId = details.message_id ?? "";
    const index = this.#find(messageId);
    if (!PASSING.has(code)) {
      if (code === "MESSAGE_CONFLICT") this.#conflicts.add(messageId);
      // The views have a sentence for what a person can do something about; of the rest the host's words say more.
      this.#set(messageId, { state: "failed", error: code === "NOT_HERE" ? code : message });
      return this.flush();
    }
    const from = details.retry_from;
    if (from !== undefined && this.#gone.has(from)) return this.events.stuck();
    const first = from === undefined ? -1 : this.#find(from);
    this.#pausedUntil = this.clock.now() + (details.retry_after_ms ?? RETRY_MS);
    // A `retry_from` that is stored already: the refusal was on its way while we sent again. Sending this one once
    // more does no harm, its id makes it the same message.
    if (first >= 0) this.#requeue(first);
    else if (index >= 0) this.#set(messageId, { state: "queued" });
    this.#from = first >= 0 && from !== undefined ? from : null;
    this.#wake(this.#pausedUntil);
  }

  /** A failed message again, at the end, since others overtook it. One whose id is taken gets a new one. */
  retry(messageId: string, freshId: () => string): void {
    const entry = this.#entries[this.#find(messageId)];
    if (entry?.state !== "failed") return;
    const { error: _, ...rest } = entry;
    const isTaken = this.#conflicts.delete(messageId);
    if (isTaken) this.discard(messageId);
    else this.#entries = this.#entries.filter((other) => other !== entry);
    this.add({ ...rest, state: "queued", message_id: isTaken ? freshId() : messageId });
  }

  discard(messageId: string): void {
    this.#entries = this.#entries.filter((entry) => entry.message_id !== messageId);
    this.#gone.add(messageId);
    this.events.discarded(messageId);
    if (this.#from === messageId) this.events.stuck();
  }

  /** Sends what may be sent now, oldest first. */
  flush(): void {
    const now = this.clock.now();
    if (now < this.#pausedUntil) return this.#wake(this.#pausedUntil);
    for (const entry of this.#entries) {
      if (entry.state !== "queued" || !this.events.mayGo(entry)) continue;
      if (this.#inFlight() >= (this.#limits?.in_flight ?? 0)) return;
      const at = this.#pace.next();
      if (at > now) return this.#wake(at);
      if (!this.events.send(frameOf(entry))) return;
      this.#pace.spend();
      if (entry.message_id === this.#from) this.#from = null;
      this.#set(entry.message_id, { state: "sent" });
    }
  }

  #inFlight(): number {
    return this.#entries.filter((entry) => entry.state === "sent").length;
  }

  /** What is in flight from this place on was refused, or nobody knows. */
  #requeue(first: number): void {
    for (const entry of this.#entries.slice(first)) {
      if (entry.state === "sent") this.#set(entry.message_id, { state: "queued" });
    }
  }

  #set(messageId: string, change: Partial<OutboxMessage>): void {
    const index = this.#find(messageId);
    if (index < 0) return;
    const entry = { ...this.#entries[index]!, ...change };
    this.#entries = this.#entries.with(index, entry);
    this.events.changed(entry);
  }

  #find(messageId: string): number {
    return this.#entries.findIndex((entry) => entry.message_id === messageId);
  }

  #wake(at: number): void {
    this.#stopTimer();
    this.#stopTimer = this.clock.after(Math.max(0, at - this.clock.now()), () => this.flush());
  }
}

function frameOf({ topic, to, content, message_id }: OutboxMessage): ClientFrame {
  const place = topic === undefined ? { to: to ?? "" } : { topic };
  return { type: "MSG", data: { ...place, content, message_id } };
}
