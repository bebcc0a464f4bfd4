// The guest's platform: a browser page that the host itself serves. One room, a WebSocket to the page's own origin, and
// nothing that needs a secure context.

import { pageStorage } from "../storage";
import type { Boot, ClientFrame, PlatformEvent, RoomInfo, Settings } from "../wire";
import { NAME_MAX_CHARS, NAME_MIN_CHARS } from "../wire";
import { systemClock } from "./browser/clock";
import type { Clock } from "./browser/clock";
import { Keep } from "./browser/identity";
import type { Identity } from "./browser/identity";
import * as page from "./browser/page";
import { Session } from "./browser/session";
import { pageSocket } from "./browser/socket";
import type { OpenSocket } from "./browser/socket";
import { PlatformError } from "./platform";
import type { Capabilities, Platform } from "./platform";

/** Between two questions for the room, while the page is here and its host is not, in milliseconds. */
const ASK_ROOM_MS = 2_000;

/** What `GET /api/room` answers. */
interface RoomAnswer extends RoomInfo {
  readonly version: string;
}

export class BrowserPlatform implements Platform {
  readonly capabilities: Capabilities = {
    discover: false,
    host: false,
    tray: false,
    notifications: page.mayNotify(),
    keepsOutbox: false,
  };
  readonly #keep = new Keep(pageStorage());
  #emit: (event: PlatformEvent) => void = () => {};
  #room: RoomAnswer | null = null;
  #identity: Identity | null = null;
  #session: Session | null = null;
  /** Who waits for the answer to a name. */
  #naming: { resolve(): void; reject(error: PlatformError): void } | null = null;
  /** The identity was refused, not only a name. */
  #refused = false;
  /** The name of the last HELLO. */
  #saidName = "";

  constructor(
    private readonly clock: Clock = systemClock,
    private readonly open: OpenSocket = pageSocket,
  ) {}

  async start(onEvent: (event: PlatformEvent) => void): Promise<Boot> {
    this.#emit = (event) => {
      this.#watch(event);
      onEvent(event);
    };
    const room = (this.#room = await this.#askRoom());
    this.#identity = this.#keep.identity(room.room_id);
    const { user_id, display_name } = this.#identity;
    this.#session = this.#newSession(room);
    this.#emit({ type: "connection", room: room.room_id, connection: { state: "connecting" } });
    const info: RoomInfo = { room_id: room.room_id, name: room.name, access: room.access };
    this.#emit({ type: "frame", room: room.room_id, frame: { type: "ROOM", data: info } });
    this.#listen();
    if (display_name !== undefined) this.#session.connection.connect();
    return {
      user_id,
      ...(display_name === undefined ? {} : { display_name }),
      suggested_name: "",
      settings: this.#keep.settings(),
      version: room.version,
    };
  }

  /** The first name enters the room; a later one is told to it. Resolves once the room took it, or cannot be asked. */
  async setName(name: string): Promise<void> {
    const trimmed = name.trim();
    const length = [...trimmed].length;
    if (length < NAME_MIN_CHARS || length > NAME_MAX_CHARS) {
      throw new PlatformError(`${NAME_MIN_CHARS}-${NAME_MAX_CHARS} characters`, "invalid");
    }
    const session = this.#session;
    if (!session || !this.#identity) return;
    const before = this.#identity;
    this.#identity = { ...before, display_name: trimmed };
    const answer = new Promise<void>((resolve, reject) => (this.#naming = { resolve, reject }));
    if (!session.connection.send({ type: "HELLO", data: this.#hello() })) this.#connect();
    try {
      await answer;
    } catch (error) {
      this.#identity = before;
      throw error;
    }
    this.#keepIdentity();
  }

  async saveSettings(settings: Settings): Promise<void> {
    if (settings.notifications) await page.askToNotify();
    this.#keep.keepSettings(settings);
  }

  join(): Promise<string> {
    return Promise.reject(new PlatformError("a browser is in the room of its host only", "invalid"));
  }

  leave(): Promise<void> {
    this.#session?.connection.leave();
    return Promise.resolve();
  }

  async forget(room: string, discard: boolean): Promise<void> {
    if (!discard && (this.#session?.outbox.all().length ?? 0) > 0) {
      throw new PlatformError("messages wait to be sent", "outbox_waits");
    }
    for (const { message_id } of this.#session?.outbox.all() ?? []) this.discard(room, message_id);
    await this.leave();
    this.#keep.forget(room);
  }

  host(): Promise<string> {
    return Promise.reject(new PlatformError("a browser cannot host", "invalid"));
  }

  changeHosting(): Promise<void> {
    return Promise.reject(new PlatformError("a browser cannot host", "invalid"));
  }

  stopHosting(): Promise<void> {
    return Promise.reject(new PlatformError("a browser cannot host", "invalid"));
  }

  keep(): Promise<void> {
    return Promise.reject(new PlatformError("a browser cannot host", "invalid"));
  }

  backUp(): Promise<string> {
    return Promise.reject(new PlatformError("a browser cannot host", "invalid"));
  }

  save(name: string, parts: readonly string[]): Promise<null> {
    page.download(name, parts);
    return Promise.resolve(null);
  }

  send(_room: string, frame: ClientFrame): void {
    this.#session?.send(frame);
  }

  reconnect(): void {
    // An identity that was refused will be refused again, so the person comes as somebody new.
    if (this.#refused && this.#room) {
      this.#identity = this.#keep.renew(this.#room.room_id, this.#identity?.display_name);
    }
    this.#connect();
  }

  retry(_room: string, messageId: string): void {
    this.#session?.retry(messageId);
  }

  discard(_room: string, messageId: string): void {
    this.#session?.outbox.discard(messageId);
  }

  async copy(text: string): Promise<void> {
    if (!(await page.copy(text))) throw new PlatformError("this browser does not let the page copy", "system");
  }

  openLink(url: string): void {
    page.openLink(url);
  }

  notify(notice: { room: string; topic?: string; with?: string; title: string; body: string }): void {
    const { room, topic, with: other, title, body } = notice;
    const place = topic === undefined ? (other === undefined ? {} : { with: other }) : { topic };
    page.notify(title, body, `${room} ${topic ?? other ?? ""}`, () => this.#emit({ type: "show", room, ...place }));
  }

  badge(count: number): void {
    page.markIcon(count > 0);
  }

  #newSession(room: RoomInfo): Session {
    return new Session({
      roomId: room.room_id,
      address: location.host,
      clock: this.clock,
      open: this.open,
      hello: () => this.#hello(),
      hasNetwork: () => navigator.onLine !== false,
      topics: () => this.#identity?.topics ?? [],
      keepTopics: (topics) => {
        if (!this.#identity) return;
        this.#identity = { ...this.#identity, topics };
        this.#keepIdentity();
      },
      emit: (event) => this.#emit(event),
    });
  }

  #hello() {
    const { user_id, token, display_name = "" } = this.#identity!;
    this.#saidName = display_name;
    return { user_id, token, display_name, client: "browser" };
  }

  #connect(): void {
    if (this.#identity?.display_name !== undefined) this.#session?.connection.connect();
  }

  #keepIdentity(): void {
    if (this.#room && this.#identity) this.#keep.keep(this.#room.room_id, this.#identity);
  }

  /** What the room says of a name, and of us. */
  #watch(event: PlatformEvent): void {
    if (event.type === "connection") {
      const { connection } = event;
      this.#refused = connection.state === "refused" && connection.reason === "identity" && !this.#naming;
      if (connection.state === "refused") this.#named(new PlatformError(connection.detail, connection.reason));
      if (connection.state === "waiting") this.#named();
    }
    if (event.type !== "frame") return;
    if (event.frame.type === "HELLO_ACK") this.#welcomed();
    if (event.frame.type === "ERROR" && event.frame.data.details.field === "display_name") {
      this.#named(new PlatformError(event.frame.data.message, "invalid"));
    }
  }

  #welcomed(): void {
    const name = this.#identity?.display_name;
    // The name was changed while the HELLO with the one before was on its way.
    if (name === this.#saidName) this.#named();
    else this.#session?.connection.send({ type: "HELLO", data: this.#hello() });
  }

  #named(error?: PlatformError): void {
    const naming = this.#naming;
    this.#naming = null;
    if (error) naming?.reject(error);
    else naming?.resolve();
  }

  async #askRoom(): Promise<RoomAnswer> {
    for (;;) {
      try {
        const answer = await fetch("/api/room", { cache: "no-store" });
        if (answer.ok) return (await answer.json()) as RoomAnswer;
      } catch {
        // The host is away: the page was kept by the browser. It asks until the host is back.
      }
      await new Promise<void>((resolve) => this.clock.after(ASK_ROOM_MS, resolve));
    }
  }

  /** What the browser tells of network and page. */
  #listen(): void {
    const wake = () => this.#session?.connection.wake();
    window.addEventListener("online", wake);
    window.addEventListener("offline", wake);
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") wake();
    });
    // A page that is put aside with an open socket could not be taken out again.
    window.addEventListener("pagehide", () => this.#session?.connection.sleep());
    window.addEventListener("pageshow", (event) => {
      if (event.persisted) wake();
    });
    // Messages that wait live in this page only.
    window.addEventListener("beforeunload", (event) => {
      if ((this.#session?.outbox.waiting ?? 0) > 0) event.preventDefault();
    });
  }
}
