// One room's connection: opens, says HELLO, keeps it alive, notices its death, and comes back with jittered exponential
// backoff. Knows nothing of chats: frames go up as they come.

import type { ClientFrame, Connection as State, Hello, RoomInfo, ServerFrame, WaitReason } from "../../wire";
import type { Clock } from "./clock";
import { comeback } from "./closes";
import type { OpenSocket, Socket } from "./socket";

/** From the first try to the accepted HELLO. */
export const OPEN_MS = 10_000;
/** Silence after which a PING is sent. */
export const PING_AFTER_MS = 5_000;
/** Silence after which the server counts as dead: its PONG is that much later than the PING. */
export const DEAD_AFTER_MS = 12_000;
export const BACKOFF_MIN_MS = 250;
export const BACKOFF_MAX_MS = 5_000;
/** How long an answer may take when the network or the page has just come back: sleep has often killed the socket. */
export const PROBE_MS = 3_000;
/** A try that is older than this when the network comes back was made on the one before. */
export const STALE_TRY_MS = 2_000;
/** How often silence is looked at. */
const LOOK_MS = 1_000;

export interface ConnectionEvents {
  state(state: State): void;
  /** Every frame after the accepted HELLO; its HELLO_ACK first. */
  frame(frame: ServerFrame): void;
  /** The session is over; what was in flight may or may not have arrived. */
  ended(): void;
}

export interface ConnectionOptions {
  readonly clock: Clock;
  readonly open: OpenSocket;
  /** Where the server is, for people. */
  readonly address: string;
  readonly hello: () => Hello;
  /** The room that must answer; another one at the same address is refused. */
  readonly roomId: string;
  readonly hasNetwork: () => boolean;
}

export class Connection {
  #socket: Socket | null = null;
  #online = false;
  #tries = 0;
  #heardAt = 0;
  #pingedAt: number | null = null;
  /** How long the answer to the PING may take. */
  #patienceMs = DEAD_AFTER_MS - PING_AFTER_MS;
  #triedAt = 0;
  #stopTimer: () => void = () => {};
  /** The words of a refusal that came before its close. */
  #refusal = "";
  #state: State["state"] = "left";

  constructor(
    private readonly options: ConnectionOptions,
    private readonly events: ConnectionEvents,
  ) {}

  get online(): boolean {
    return this.#online;
  }

  /** Connects now; a wait is cut short, a connection is left as it is. */
  connect(): void {
    if (this.#socket) return;
    this.#triedAt = this.options.clock.now();
    this.#tell({ state: "connecting" });
    this.#refusal = "";
    this.#timer(OPEN_MS, () => this.#lost("unreachable", "no answer", false));
    this.#socket = this.options.open({
      opened: () => this.#send({ type: "HELLO", data: this.options.hello() }),
      text: (text) => this.#text(text),
      closed: (code, reason) => this.#closed(code, reason),
    });
  }

  /** Sends if there is a session; says whether it did. */
  send(frame: ClientFrame): boolean {
    if (!this.#online) return false;
    this.#send(frame);
    return true;
  }

  /** The network changed or the page is back: try now, or find out whether the connection still lives. */
  wake(): void {
    if (this.#online) return this.#ping(PROBE_MS);
    if (this.#state === "waiting") return this.connect();
    const isStale = this.options.clock.now() - this.#triedAt >= STALE_TRY_MS;
    if (this.#state === "connecting" && isStale) this.restart();
  }

  /** Ends the session and connects anew at once. */
  restart(): void {
    this.#end();
    this.connect();
  }

  leave(): void {
    this.#end();
    this.#tell({ state: "left" });
  }

  /** The page goes to sleep; no state is told, because nobody looks. */
  sleep(): void {
    this.#end();
    this.#state = "waiting";
  }

  #text(text: string): void {
    const frame = parse(text);
    if (!frame) return;
    this.#heardAt = this.options.clock.now();
    this.#pingedAt = null;
    if (this.#online) return this.events.frame(frame);
    if (frame.type === "HELLO_ACK") this.#welcomed(frame, frame.data.room);
    else if (frame.type === "ERROR") this.#refused(frame);
  }

  #welcomed(frame: ServerFrame, room: RoomInfo): void {
    if (room.room_id !== this.options.roomId) {
      return this.#refuse("not_landline", `another room answers here: ${room.name}`);
    }
    this.#online = true;
    this.#tries = 0;
    this.#tell({ state: "online", address: this.options.address, room });
    this.events.frame(frame);
    this.#timer(LOOK_MS, () => this.#look());
  }

  /** Before the HELLO_ACK: the name or the identity was not taken. The server closes, or waits for another name. */
  #refused(frame: Extract<ServerFrame, { type: "ERROR" }>): void {
    this.#refusal = frame.data.message;
    if (frame.data.code === "VALIDATION" || frame.data.code === "UNAUTHORIZED") {
      this.#refuse("identity", frame.data.message);
    }
  }

  #look(): void {
    const now = this.options.clock.now();
    // A page in the background is woken once a minute at most, so only an unanswered PING proves a death.
    if (this.#pingedAt !== null && now - this.#pingedAt >= this.#patienceMs) {
      return this.#lost("silent", "the host does not answer", true);
    }
    if (this.#pingedAt === null && now - this.#heardAt >= PING_AFTER_MS) {
      this.#ping(DEAD_AFTER_MS - PING_AFTER_MS);
    }
    this.#timer(LOOK_MS, () => this.#look());
  }

  #ping(patienceMs: number): void {
    this.#pingedAt ??= this.options.clock.now();
    this.#patienceMs = patienceMs;
    this.#send({ type: "PING", data: {} });
  }

  #closed(code: number, reason: string): void {
    const wasOnline = this.#online;
    this.#end();
    const next = comeback(code);
    if (next.come === "never") {
      return this.#tell({ state: "refused", reason: next.reason, detail: this.#refusal || reason });
    }
    if (next.come === "at_once") return this.connect();
    if (next.slower) this.#tries = Math.max(this.#tries, 5);
    this.#wait(wasOnline || next.reason === "busy" ? next.reason : "unreachable", reason || `closed with ${code}`);
  }

  /** The connection is given up by us. `atOnce`: it was good until now, so the first try comes without a wait. */
  #lost(reason: WaitReason, detail: string, atOnce: boolean): void {
    this.#end();
    if (!atOnce) return this.#wait(reason, detail);
    this.#tell({ state: "waiting", reason, detail, retry_in_ms: 0 });
    this.connect();
  }

  #refuse(reason: "identity" | "not_landline", detail: string): void {
    this.#end();
    this.#tell({ state: "refused", reason, detail });
  }

  #wait(reason: WaitReason, detail: string): void {
    this.#tries += 1;
    const most = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** this.#tries);
    const retry_in_ms = Math.round(BACKOFF_MIN_MS + this.options.clock.chance() * (most - BACKOFF_MIN_MS));
    this.#tell({ state: "waiting", reason: this.options.hasNetwork() ? reason : "no_network", detail, retry_in_ms });
    this.#timer(retry_in_ms, () => this.connect());
  }

  #end(): void {
    this.#stopTimer();
    const socket = this.#socket;
    const wasOnline = this.#online;
    this.#socket = null;
    this.#online = false;
    this.#pingedAt = null;
    socket?.end();
    if (wasOnline) this.events.ended();
  }

  #send(frame: ClientFrame): void {
    this.#socket?.send(JSON.stringify(frame));
  }

  #tell(state: State): void {
    this.#state = state.state;
    this.events.state(state);
  }

  #timer(ms: number, act: () => void): void {
    this.#stopTimer();
    this.#stopTimer = this.options.clock.after(ms, act);
  }
}

function parse(text: string): ServerFrame | null {
  try {
    const value: unknown = JSON.parse(text);
    const isFrame = typeof value === "object" && value !== null && "type" in value && "data" in value;
    return isFrame ? (value as ServerFrame) : null;
  } catch {
    return null;
  }
}
