// The thin layer between the pure state and the views: it holds the runes, owns the platform, and has the only clock.
// Views read `app.state` (or `app.room`, `app.chat`, `app.rows`) and call the verbs below. What a verb does to the state
// is decided in intents.ts and apply.ts, never here.

import { chatKey, type ChatKey, destinationOf, directKey, placeOf, topicKey } from "../chat";
import { pageStorage } from "../storage";
import type { HostRequest, KeepRule, Platform } from "../platform/platform";
import type { ClientFrame, Message, PlatformEvent, ServerFrame, Settings } from "../wire";
import { apply, expire } from "./apply";
import { Drafts } from "./drafts.svelte";
import type { Piece, Reading } from "./export/reading";
import { firstChat, LOBBY } from "./entrance";
import { Hourglass } from "./hourglass";
import * as intents from "./intents";
import type { Intent } from "./intents";
import { Live } from "./live.svelte";
import { Marks } from "./marks";
import { TYPING_SHOWN_MS } from "./model";
import type { AppState, ChatState, Goal, RoomState, Row } from "./model";
import type { Focus } from "./notify";
import { nextExpiry } from "./passing";
import { Places } from "./places";
import { dismissNotice } from "./rooms";
import { rows } from "./rows";
import { Teller } from "./teller";
import { personName } from "./title";
import { Typist } from "./typist";
import { totalUnread } from "./unread";
import { wordMet, wordNotice } from "./words";

export class App {
  /** The room on screen; null: the home screen. */
  roomId = $state<string | null>(null);
  /** The chat on screen; null: the room's list of chats (on a narrow window a screen of its own). */
  chatKey = $state<ChatKey | null>(null);
  /** The platform has started, so `state.boot` is set. */
  started = $state(false);
  /** Why the platform could not start, in words of the system. */
  fault = $state<string | null>(null);
  /** Whether the window is in front and visible. */
  focused = $state(true);
  /** Milliseconds since 1970, once a minute: for "Today" and ages. */
  now = $state(Date.now());

  readonly room: RoomState | null = $derived(this.roomId === null ? null : (this.state.rooms[this.roomId] ?? null));
  readonly chat: ChatState | null = $derived(this.chatKey === null ? null : (this.room?.chats[this.chatKey] ?? null));
  readonly #wanted = $derived({ comings: this.state.boot?.settings.show_comings !== false });
  /** The rows of the chat on screen, for the virtual list. */
  readonly rows: Row[] = $derived(this.room && this.chat ? rows(this.room, this.chat, this.#wanted) : []);
  readonly unread: number = $derived(totalUnread(this.state));

  readonly capabilities: Platform["capabilities"];
  readonly drafts = new Drafts(pageStorage());

  readonly #live: Live;
  #badge = -1;
  readonly #teller: Teller;
  readonly #typist: Typist;
  readonly #places = new Places(pageStorage());
  /** A room was opened before its chats were known: one is opened when it is there. */
  #wantsChat = false;
  /** The chat to begin with, from the page's address. */
  #wish: ChatKey | null = null;
  readonly #marks: Marks;
  /** Rooms in which somebody was looked for here, and not in another window of mine. */
  #seeks: readonly string[] = [];
  #searching: ((room: string, frame: ServerFrame) => void) | null = null;
  #reading: Reading | null = null;
  /** Runs out when the next message disappears. */
  readonly #sand = new Hourglass(() => this.#expire());

  constructor(private readonly platform: Platform) {
    this.capabilities = platform.capabilities;
    this.#live = new Live((state) => {
      const count = totalUnread(state);
      if (count !== this.#badge) platform.badge((this.#badge = count));
      this.#sand.turn(nextExpiry(state));
    });
    this.#marks = new Marks((room, frame) => platform.send(room, frame));
    this.#teller = new Teller((notice) => {
      const place = notice.key === null ? {} : placeOf(notice.key);
      platform.notify({ room: notice.room, ...place, ...wordNotice(this.#live.latest, notice) });
    });
    this.#typist = new Typist((is_typing) =>
      this.#here((room, key) => {
        platform.send(room, { type: "TYPING", data: { ...destinationOf(key), is_typing } });
      }),
    );
  }

  /** Everything; replaced as a whole at each change. */
  get state(): AppState {
    return this.#live.shown;
  }

  // --- Starting, settings, rooms -------------------------------------------------------------------------------

  /** Starts the platform. Call once; a failure is in `fault`. */
  async start(): Promise<void> {
    try {
      // Events are about the person whom `boot` names, so those that come before it wait.
      const early: PlatformEvent[] = [];
      const boot = await this.platform.start((event) => {
        if (this.started) this.#receive(event);
        else early.push(event);
      });
      this.#live.changeNow({ ...this.#live.latest, boot });
      this.started = true;
      for (const event of early) this.#receive(event);
    } catch (error) {
      this.fault = error instanceof Error ? error.message : String(error);
    }
    setInterval(() => (this.now = Date.now()), 60_000);
  }

  /** Rejects with PlatformError. */
  async setName(name: string): Promise<void> {
    await this.platform.setName(name);
    const { boot } = this.#live.latest;
    if (boot) this.#live.changeNow({ ...this.#live.latest, boot: { ...boot, display_name: name } });
  }

  async saveSettings(settings: Settings): Promise<void> {
    await this.platform.saveSettings(settings);
    const { boot } = this.#live.latest;
    if (boot) this.#live.changeNow({ ...this.#live.latest, boot: { ...boot, settings } });
  }

  /** Joins a room by id or typed address and shows it. */
  async join(roomOrAddress: string): Promise<string> {
    const room = await this.platform.join(roomOrAddress);
    this.openRoom(room);
    return room;
  }

  async leave(room: string): Promise<void> {
    await this.platform.leave(room);
    if (this.roomId === room) this.showHome();
  }

  async forget(room: string, discard: boolean): Promise<void> {
    await this.platform.forget(room, discard);
    if (this.roomId === room) this.showHome();
  }

  /** Hosts a room; it is a room like any other, and shown by `openRoom`. */
  host(request: HostRequest): Promise<string> {
    return this.platform.host(request);
  }

  changeHosting(change: { name?: string; visible?: boolean }): Promise<void> {
    return this.platform.changeHosting(change);
  }

  /** Says how long the hosted room's topics keep messages. */
  keep(rule: KeepRule): Promise<void> {
    return this.platform.keep(rule);
  }

  /** Copies the hosted room into one file; resolves to where it is. */
  backUp(): Promise<string> {
    return this.platform.backUp();
  }

  /** Puts a file into the person's downloads; resolves to where it is, or null where only the system knows. */
  save(name: string, parts: readonly string[]): Promise<string | null> {
    return this.platform.save(name, parts);
  }

  /** The whole chat from its beginning, page by page, beside what is on screen. */
  async *readAll(room: string, key: ChatKey): AsyncGenerator<Piece> {
    const { Reading } = await import("./export/reading");
    const reading = new Reading(room, key, (frame) => this.platform.send(room, frame));
    this.#reading = reading;
    try {
      yield* reading.all();
    } finally {
      if (this.#reading === reading) this.#reading = null;
    }
  }

  stopHosting(): Promise<void> {
    return this.platform.stopHosting();
  }

  reconnect(room: string): void {
    this.platform.reconnect(room);
  }

  // --- Where we are --------------------------------------------------------------------------------------------

  /** The chat to open first, where it exists. */
  wish(key: ChatKey | null): void {
    this.#wish = key;
  }

  showHome(): void {
    this.#leaveChat();
    this.roomId = null;
  }

  /** Shows a room: the chat that was open in it last, else its lobby. */
  openRoom(room: string): void {
    this.#leaveChat();
    this.roomId = room;
    this.#wantsChat = true;
    this.#openWanted(room, true);
  }

  /** Shows a chat. A topic that I am not in is joined; `ttl` as in `joinTopic`. */
  openChat(room: string, key: ChatKey, ttl?: number, goal?: Goal): void {
    if (this.roomId === room && this.chatKey === key) return;
    this.#leaveChat();
    this.roomId = room;
    this.chatKey = key;
    this.#places.set(room, key);
    this.#do(room, intents.openChat(this.#live.latest, room, key, { ttl, goal }));
    this.#look();
  }

  /** Back to the room's list of chats. */
  closeChat(): void {
    this.#leaveChat();
  }

  /**
   * Enters a topic, which is made if there is none of that name, and shows it. `ttl`: if it is made, its messages
   * disappear after so many seconds.
   */
  joinTopic(room: string, topic: string, ttl?: number): void {
    this.openChat(room, topicKey(topic.trim().toLowerCase()), ttl);
  }

  leaveTopic(room: string, topic: string): void {
    this.#send(room, { type: "LEAVE_TOPIC", data: { topic } });
    if (this.roomId === room && this.chatKey === topicKey(topic)) this.closeChat();
  }

  openDirect(room: string, userId: string): void {
    this.openChat(room, directKey(userId));
  }

  /** Looks for somebody else who does the same; a pair I am in ends. */
  meet(room: string): void {
    this.#seeks = [...this.#seeks.filter((other) => other !== room), room];
    this.#send(room, { type: "FIND_PAIR", data: {} });
  }

  /** Ends the waiting or the pair. */
  leavePair(room: string): void {
    this.#seeks = this.#seeks.filter((other) => other !== room);
    this.#send(room, { type: "LEAVE_PAIR", data: {} });
  }

  /** Asks for people by name, in a room too large to be told of everybody; the same again: the next page. */
  findPeople(room: string, text: string): void {
    const known = this.#live.latest.rooms[room]?.found;
    const after = known?.more && (known.text ?? "") === text ? known.users.at(-1)?.user_id : undefined;
    this.#send(room, { type: "FIND_PEOPLE", data: { text, ...(after === undefined ? {} : { after }) } });
  }

  /** Asks who has read a message of a topic too large to be told of each; again: the next page. */
  askSeenBy(room: string, topic: string, seq: number): void {
    const known = this.#live.latest.rooms[room]?.chats[topicKey(topic)]?.seenBy;
    const after = known?.seq === seq && known.more ? known.people.at(-1)?.user_id : undefined;
    this.#send(room, { type: "SEEN_BY", data: { topic, seq, ...(after === undefined ? {} : { after }) } });
  }

  // --- Talking -------------------------------------------------------------------------------------------------

  /** Sends a text and forgets its draft. False: there is nothing to send. */
  sendText(room: string, key: ChatKey, text: string): boolean {
    if (text.trim() === "") return false;
    this.#send(room, { type: "MSG", data: { ...destinationOf(key), content: text } });
    this.drafts.set(room, key, "");
    this.#typist.sent();
    this.#do(room, intents.jumpToLatest(this.#live.latest, room, key));
    return true;
  }

  retry(room: string, messageId: string): void {
    this.platform.retry(room, messageId);
  }

  discard(room: string, messageId: string): void {
    this.platform.discard(room, messageId);
  }

  /** The composer's text changed by the person's hand. */
  typing(hasText: boolean): void {
    if (this.#live.latest.boot?.settings.send_typing === false) return;
    this.#typist.touch(hasText);
  }

  draft(room: string, key: ChatKey): string {
    return this.drafts.get(room, key);
  }

  setDraft(room: string, key: ChatKey, text: string): void {
    this.drafts.set(room, key, text);
  }

  // --- Reading -------------------------------------------------------------------------------------------------

  loadOlder(): void {
    this.#here((room, key) => this.#do(room, intents.loadOlder(this.#live.latest, room, key)));
  }

  loadNewer(): void {
    this.#here((room, key) => this.#do(room, intents.loadNewer(this.#live.latest, room, key)));
  }

  jumpToLatest(): void {
    this.#here((room, key) => this.#do(room, intents.jumpToLatest(this.#live.latest, room, key)));
  }

  /** Shows a message of a chat, or the first one of a moment (milliseconds since 1970) or later; opens the chat for it. */
  jumpTo(room: string, key: ChatKey, goal: Goal): void {
    if (this.roomId !== room || this.chatKey !== key) this.openChat(room, key, undefined, goal);
    else this.#do(room, intents.jumpTo(this.#live.latest, room, key, goal));
  }

  /** The view tells whether the end of the loaded messages is visible (within about 80 px). */
  atEnd(visible: boolean): void {
    this.#here((room, key) => {
      this.#live.changeNow(intents.setAtEnd(this.#live.latest, room, key, visible));
      this.#do(room, intents.fill(this.#live.latest, room, key));
    });
    this.#look();
  }

  /** Marks the open chat as read, wherever its view stands (Esc), and takes its divider away. */
  markRead(): void {
    this.#here((room, key) => {
      this.#live.changeNow(intents.clearDivider(this.#live.latest, room, key));
      this.#markRead(room, key);
    });
  }

  dismissNotice(room: string, id: number): void {
    const before = this.#live.latest.rooms[room];
    if (!before) return;
    this.#live.changeNow({
      ...this.#live.latest,
      rooms: { ...this.#live.latest.rooms, [room]: dismissNotice(before, id) },
    });
  }

  /** The window came to the front, or went. */
  setFocused(focused: boolean): void {
    this.focused = focused;
    if (focused) {
      this.now = Date.now();
      // Timers of a hidden page run late.
      this.#expire();
    } else this.#marks.flush();
    this.#look();
  }

  /** Looks for something in a room; the answer goes to whoever hears it. */
  search(room: string, data: Extract<ClientFrame, { type: "SEARCH" }>["data"]): void {
    this.#send(room, { type: "SEARCH", data });
  }

  /** Who hears the answers; null: nobody any more. */
  hearSearch(hear: ((room: string, frame: ServerFrame) => void) | null): void {
    this.#searching = hear;
  }

  // --- The system ----------------------------------------------------------------------------------------------

  copy(text: string): Promise<void> {
    return this.platform.copy(text);
  }

  openLink(url: string): void {
    this.platform.openLink(url);
  }

  // --- Within --------------------------------------------------------------------------------------------------

  #receive(event: PlatformEvent): void {
    if (this.#reading?.takes(event)) return;
    this.#live.change(apply(this.#live.latest, event, Date.now()));
    switch (event.type) {
      case "show":
        this.openChat(event.room, chatKey(event) ?? LOBBY);
        break;
      case "connection":
        // A guest has one room and is in it from the start.
        if (this.roomId === null && !this.capabilities.discover) this.openRoom(event.room);
        break;
      case "frame":
        this.#after(event.room, event.frame);
        break;
      default:
        break;
    }
  }

  /** What a frame makes us do, beside changing the state. */
  #after(room: string, frame: ServerFrame): void {
    switch (frame.type) {
      case "HELLO_ACK":
        this.#teller.gather(room);
        if (this.#seeks.includes(room)) this.meet(room);
        break;
      case "PAIR":
        if (frame.data.state === "paired" && frame.data.with !== undefined) this.#met(room, frame.data.with);
        break;
      case "TOPIC_JOINED": {
        const key = topicKey(frame.data.topic);
        const chat = this.#live.latest.rooms[room]?.chats[key];
        // A read mark was lost on the way.
        if (chat && chat.read > frame.data.read && chat.read > 0) this.#marks.mark(room, key, chat.read);
        this.#openWanted(room, false);
        break;
      }
      case "DIRECT":
        this.#openWanted(room, true);
        break;
      case "MSG":
        this.#tellOf(room, frame.data);
        break;
      case "TYPING":
        setTimeout(() => this.#expire(), TYPING_SHOWN_MS + 10);
        break;
      case "FOUND":
        this.#searching?.(room, frame);
        return;
      // Answered with the same question, a refusal would go round for ever.
      case "ERROR":
        if (frame.data.details.search_id !== undefined) {
          this.#searching?.(room, frame);
          return;
        }
        // A topic that the host would not make.
        this.#here((here, key) => {
          if (here === room && !this.#live.latest.rooms[room]?.chats[key]) this.closeChat();
        });
        return;
      default:
        break;
    }
    if (room !== this.roomId || this.chatKey === null) return;
    this.#do(room, intents.fill(this.#live.latest, room, this.chatKey), false);
    this.#look();
  }

  /** Met somebody: into the chat with them, except from under the fingers of one who is writing. */
  #met(room: string, other: string): void {
    if (!this.#seeks.includes(room)) return;
    this.#seeks = this.#seeks.filter((other) => other !== room);
    const { boot, rooms } = this.#live.latest;
    const isWriting = this.roomId === room && this.chatKey !== null && this.draft(room, this.chatKey) !== "";
    if (this.roomId === room && !isWriting) this.openDirect(room, other);
    if (this.focused || boot?.settings.notifications === false) return;
    const name = rooms[room] ? personName(rooms[room], other) : "";
    this.platform.notify({ room, with: other, ...wordMet(this.#live.latest, room, name) });
  }

  /** What is over goes at once, and with it whatever was said of it. */
  #expire(): void {
    this.#live.change(expire(this.#live.latest, Date.now()));
    this.#sand.turn(nextExpiry(this.#live.latest));
  }

  #tellOf(roomId: string, message: Message): void {
    const { rooms, boot } = this.#live.latest;
    const room = rooms[roomId];
    if (!room || boot?.settings.notifications === false) return;
    let focus: Focus | null = null;
    if (this.focused) this.#here((room, key) => (focus = { room, key }));
    this.#teller.hear(room, message, focus);
  }

  /** The open chat counts as read while the window is in front and its end is visible. */
  #look(): void {
    if (!this.focused) return;
    this.#here((room, key) => {
      this.#teller.seen(room, key);
      if (this.#live.latest.rooms[room]?.chats[key]?.atEnd) this.#markRead(room, key);
    });
  }

  #markRead(room: string, key: ChatKey): void {
    const { state, frames } = intents.markRead(this.#live.latest, room, key);
    this.#live.change(state);
    for (const frame of frames) if (frame.type === "MARK_READ") this.#marks.mark(room, key, frame.data.seq);
  }

  /** The chat of the last visit as soon as it is there; `orOther`: all are told, so the lobby or any other will do. */
  #openWanted(room: string, orOther: boolean): void {
    if (!this.#wantsChat || this.roomId !== room || this.chatKey !== null) return;
    const shown = this.#live.latest.rooms[room];
    const key = shown && firstChat(shown, this.#wish, this.#places.get(room), orOther);
    if (!key) return;
    this.#wish = null;
    this.openChat(room, key);
  }

  #leaveChat(): void {
    this.#typist.stop();
    this.#here((room, key) => this.#live.changeNow(intents.closeChat(this.#live.latest, room, key)));
    this.chatKey = null;
    this.#wantsChat = false;
  }

  #here(act: (room: string, key: ChatKey) => void): void {
    if (this.roomId !== null && this.chatKey !== null) act(this.roomId, this.chatKey);
  }

  #do(room: string, intent: Intent, now = true): void {
    for (const frame of intent.frames) this.#send(room, frame);
    if (now) this.#live.changeNow(intent.state);
    else this.#live.change(intent.state);
  }

  #send(room: string, frame: ClientFrame): void {
    this.platform.send(room, frame);
  }
}
