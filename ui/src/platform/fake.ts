// A platform without a network: a demo world for development, screenshots and tests. It is not in the production
// bundle (main.ts). The query chooses the scene: `?fake=` home | chat | host | guest | first | empty | offline | busy | old |
// passing | pair.

import { chatKey } from "../chat";
import type { ClientFrame, Keeps, OutboxMessage, PlatformEvent, ServerFrame, Settings } from "../wire";
import { KITCHEN, WORKSHOP, around, boot, hosting, known } from "./fake/lists";
import { ana, everybody, fast, jun, lena, mona, pavel, visitor } from "./fake/people";
import { FakeRoom } from "./fake/room";
import { fillGuests, fillTonight, fillWorkshop } from "./fake/workshop";
import { uuidV7 } from "./ids";
import { PlatformError } from "./platform";
import type { HostRequest, KeepRule, Platform } from "./platform";

const SCENES = [
  "home",
  "chat",
  "host",
  "guest",
  "first",
  "empty",
  "offline",
  "busy",
  "old",
  "passing",
  "pair",
] as const;
export type Scene = (typeof SCENES)[number];

export function sceneOf(query: string): Scene | null {
  const name = new URLSearchParams(query).get("fake");
  return SCENES.find((scene) => scene === name) ?? null;
}

/** How long the demo host takes to answer, in milliseconds. */
const ANSWER_MS = 120;

export class FakePlatform implements Platform {
  readonly capabilities;
  /** What views asked of the system, for tests. */
  readonly calls: { verb: string; args: unknown[] }[] = [];
  #emit: (event: PlatformEvent) => void = () => {};
  #room: FakeRoom | null = null;
  readonly #outbox = new Map<string, OutboxMessage>();

  constructor(readonly scene: Scene) {
    const isGuest = scene === "guest";
    this.capabilities = {
      discover: !isGuest,
      host: !isGuest,
      tray: !isGuest,
      notifications: !isGuest,
      keepsOutbox: !isGuest,
    };
  }

  start(onEvent: (event: PlatformEvent) => void) {
    this.#emit = onEvent;
    this.#setScene();
    return Promise.resolve(boot(this.scene !== "first" && this.scene !== "guest"));
  }

  #setScene(): void {
    if (this.scene === "guest") return this.#connection(WORKSHOP, { state: "connecting" });
    if (this.scene === "first" || this.scene === "empty") return this.#emit({ type: "around", rooms: [] });
    this.#emit({ type: "around", rooms: around() });
    this.#emit({ type: "rooms", rooms: known() });
    this.#emit({ type: "hosting", hosting: hosting() });
    this.#enter(lena);
    this.#emit({
      type: "connection",
      room: KITCHEN,
      connection: { state: "waiting", reason: "unreachable", detail: "no route to host", retry_in_ms: 5_000 },
    });
    if (this.scene !== "home") this.#emit({ type: "show", room: WORKSHOP, topic: "lobby" });
    if (this.scene === "busy" || this.scene === "chat") this.#life();
    if (this.scene === "old") this.#old();
    if (this.scene === "passing") {
      this.#room!.answer({ type: "JOIN_TOPIC", data: { topic: "tonight" } });
      this.#emit({ type: "show", room: WORKSHOP, topic: "tonight" });
      fillTonight(this.#room!);
    }
    if (this.scene === "offline") {
      this.#connection(WORKSHOP, {
        state: "waiting",
        reason: "host_gone",
        detail: "closed with 1001",
        retry_in_ms: 5_000,
      });
      this.#queue("Is anybody still there?", "queued");
    }
  }

  /** What makes a screenshot of a chat worth taking: typing, and messages that wait or failed. */
  #life(): void {
    const { user_id, display_name } = ana;
    const type = () =>
      this.#frame({ type: "TYPING", data: { user_id, display_name, topic: "lobby", is_typing: true } });
    type();
    setInterval(type, 4_000);
    if (this.scene !== "busy") return;
    this.#queue("This one was too much for the host", "failed", "MESSAGE_CONFLICT");
    this.#queue("And this one waits its turn", "queued");
    this.#frame({ type: "ERROR", data: { code: "READ_ONLY", message: "the disk is full", details: {} } });
    setInterval(() => this.#room?.say("#lunch", mona, "Anybody for coffee?"), 6_000);
  }

  /** The older chat systems in the lobby, and people who come and go. */
  #old(): void {
    const change = (joined: (typeof lena)[], left: string[]) =>
      this.#frame({ type: "TOPIC_MEMBERS", data: { topic: "lobby", joined, left, member_count: 8, guests: 3 } });
    this.#frame({ type: "PRESENCE", data: { users: [fast], complete: false } });
    change([], [mona.user_id, jun.user_id, ana.user_id]);
    change([pavel, fast], []);
    fillGuests(this.#room!);
  }

  #enter(me: typeof lena): void {
    const info = { room_id: WORKSHOP, name: "Workshop", access: "open" as const };
    const people = me === lena ? everybody : [...everybody, me];
    this.#room = new FakeRoom(info, me, people, (frame) => this.#frame(frame));
    fillWorkshop(this.#room);
    this.#connection(WORKSHOP, { state: "online", address: "192.168.1.20:8000", room: info });
    this.#room.welcome(["#lobby", "#laser-cutter", "#lunch"]);
  }

  setName(name: string): Promise<void> {
    if ([...name.trim()].length < 3) return Promise.reject(new PlatformError("display_name must be 3-50 characters"));
    if (this.scene === "guest" && !this.#room) {
      this.#enter({ ...visitor, user_id: lena.user_id, display_name: name });
    }
    return this.#did("setName", name);
  }

  saveSettings(settings: Settings): Promise<void> {
    return this.#did("saveSettings", settings);
  }

  join(roomOrAddress: string): Promise<string> {
    void this.#did("join", roomOrAddress);
    if (roomOrAddress === WORKSHOP) return Promise.resolve(WORKSHOP);
    return Promise.reject(new PlatformError(`nothing answers at ${roomOrAddress}`));
  }

  leave(room: string): Promise<void> {
    this.#connection(room, { state: "left" });
    return this.#did("leave", room);
  }

  forget(room: string, discard: boolean): Promise<void> {
    return this.#did("forget", room, discard);
  }

  host(request: HostRequest): Promise<string> {
    void this.#did("host", request);
    this.#emit({ type: "hosting", hosting: { ...hosting(), name: request.name, visible: request.visible } });
    if (!this.#room) this.#enter(lena);
    return Promise.resolve(WORKSHOP);
  }

  changeHosting(change: { name?: string; visible?: boolean }): Promise<void> {
    this.#emit({ type: "hosting", hosting: { ...hosting(), ...change } });
    return this.#did("changeHosting", change);
  }

  keep(rule: KeepRule): Promise<void> {
    const before = hosting().keeps;
    const keeps: Keeps =
      "usual" in rule || rule.topic !== undefined
        ? before
        : { ...before, ...(rule.keep === null ? {} : { usual: rule.keep }) };
    this.#emit({ type: "hosting", hosting: { ...hosting(), keeps } });
    return this.#did("keep", rule);
  }

  backUp(): Promise<string> {
    void this.#did("backUp");
    return Promise.resolve("/home/lena/Documents/Workshop 2026-11-29.landline");
  }

  save(name: string, parts: readonly string[]): Promise<null> {
    void this.#did("save", name, parts.join(""));
    return Promise.resolve(null);
  }

  stopHosting(): Promise<void> {
    this.#emit({ type: "hosting", hosting: null });
    return this.#did("stopHosting");
  }

  send(room: string, frame: ClientFrame): void {
    void this.#did("send", room, frame);
    if (frame.type !== "MSG") {
      setTimeout(() => this.#room?.answer(frame), ANSWER_MS);
      if (frame.type === "FIND_PAIR" && this.scene === "pair") setTimeout(() => this.#pair("paired"), 2 * ANSWER_MS);
      return;
    }
    const message = this.#queue(
      frame.data.content,
      this.scene === "offline" ? "queued" : "sent",
      undefined,
      frame.data,
    );
    if (this.scene !== "offline") setTimeout(() => this.#deliver(message), ANSWER_MS);
  }

  #pair(state: "paired" | "left"): void {
    this.#frame({ type: "PAIR", data: { state, with: mona.user_id, display_name: mona.display_name } });
  }

  #deliver(message: OutboxMessage): void {
    const key = chatKey(message);
    if (!key || !this.#room || !this.#outbox.delete(message.message_id)) return;
    const said = this.#room.say(key, this.#room.me, message.content, message.message_id);
    const status = said.expires_at === undefined ? "stored" : "sent";
    const { epoch, seq } = said;
    this.#frame({ type: "MSG_ACK", data: { message_id: message.message_id, epoch, seq, status } });
  }

  #queue(
    content: string,
    state: OutboxMessage["state"],
    error?: string,
    place: { topic?: string; to?: string } = { topic: "lobby" },
  ): OutboxMessage {
    const message: OutboxMessage = {
      message_id: uuidV7(),
      ...(place.topic === undefined ? { to: place.to ?? "" } : { topic: place.topic }),
      content,
      written_at: new Date().toISOString(),
      state,
      ...(error === undefined ? {} : { error }),
    };
    this.#outbox.set(message.message_id, message);
    this.#emit({ type: "outbox", room: WORKSHOP, message });
    return message;
  }

  reconnect(room: string): void {
    void this.#did("reconnect", room);
    this.#connection(room, { state: "connecting" });
  }

  retry(room: string, messageId: string): void {
    void this.#did("retry", room, messageId);
    const message = this.#outbox.get(messageId);
    if (!message) return;
    this.#emit({ type: "outbox", room, message: { ...message, state: "sent" } });
    setTimeout(() => this.#deliver(message), ANSWER_MS);
  }

  discard(room: string, messageId: string): void {
    this.#outbox.delete(messageId);
    this.#emit({ type: "discarded", room, message_id: messageId });
    void this.#did("discard", room, messageId);
  }

  copy(text: string): Promise<void> {
    return this.#did("copy", text);
  }

  openLink(url: string): void {
    void this.#did("openLink", url);
  }

  notify(notice: { room: string; title: string; body: string }): void {
    void this.#did("notify", notice);
  }

  badge(count: number): void {
    document.title = count > 0 ? `(${count}) Landline` : "Landline";
  }

  #did(verb: string, ...args: unknown[]): Promise<void> {
    this.calls.push({ verb, args });
    return Promise.resolve();
  }

  #frame(frame: ServerFrame): void {
    this.#emit({ type: "frame", room: WORKSHOP, frame });
  }

  #connection(room: string, connection: Extract<PlatformEvent, { type: "connection" }>["connection"]): void {
    this.#emit({ type: "connection", room, connection });
  }
}
