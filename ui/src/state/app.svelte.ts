// The thin layer between the pure state and the views: it holds the runes, owns the platform, and has the only clock.
// Views read `app.state` (or `app.room`, `app.chat`, `app.rows`) and call the verbs below. What a verb does to the state
// is decided in intents.ts and apply.ts, never here.

import type { HostRequest, Platform } from "../platform/platform";
import type { ClientFrame, Message, PlatformEvent, Settings } from "../wire";
import { apply, expire } from "./apply";
import { chatKey, chatOfMessage } from "./chats";
import { Drafts, pageStorage } from "./drafts.svelte";
import * as intents from "./intents";
import type { Intent } from "./intents";
import { Marks } from "./marks";
import { TYPING_SHOWN_MS, directKey, emptyState, isTopic, topicKey } from "./model";
import type { AppState, ChatKey, ChatState, RoomState, Row } from "./model";
import { Notices, isWorthy } from "./notify";
import { dismissNotice } from "./rooms";
import { rows } from "./rows";
import * as typing from "./typing";
import { totalUnread } from "./unread";
import { wordNotice } from "./words";

/** Changes that come faster than this are shown together, in milliseconds: one frame of a 60 Hz screen. */
const PUBLISH_EVERY_MS = 16;
const LOBBY = topicKey("lobby");

export class App {
  /** Everything; replaced as a whole. */
  state = $state.raw<AppState>(emptyState);
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
  /** The rows of the chat on screen, for the virtual list. */
  readonly rows: Row[] = $derived(this.room && this.chat ? rows(this.room, this.chat) : []);
  readonly unread: number = $derived(totalUnread(this.state));

  readonly capabilities: Platform["capabilities"];
  readonly drafts = new Drafts(pageStorage());

  /** The newest state; `state` follows it at most once a frame. */
  #latest: AppState = emptyState;
  #publishedAt = -Infinity;
  #publishTimer: ReturnType<typeof setTimeout> | undefined;
  #badge = -1;
  readonly #notices = new Notices();
  #noticeTimer: ReturnType<typeof setTimeout> | undefined;
  #told: typing.TypingTold = null;
  #typingTimer: ReturnType<typeof setInterval> | undefined;
  /** The chat that was open last, by room. */
  #lastChat: Readonly<Record<string, ChatKey>> = {};
  /** A room was opened before its topics were known: its lobby is opened when it is joined. */
  #wantsLobby = false;
  readonly #marks: Marks;

  constructor(private readonly platform: Platform) {
    this.capabilities = platform.capabilities;
    this.#marks = new Marks((room, frame) => platform.send(room, frame));
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
      this.#changeNow({ ...this.#latest, boot });
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
    const { boot } = this.#latest;
    if (boot) this.#changeNow({ ...this.#latest, boot: { ...boot, display_name: name } });
  }

  async saveSettings(settings: Settings): Promise<void> {
    await this.platform.saveSettings(settings);
    const { boot } = this.#latest;
    if (boot) this.#changeNow({ ...this.#latest, boot: { ...boot, settings } });
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

  stopHosting(): Promise<void> {
    return this.platform.stopHosting();
  }

  reconnect(room: string): void {
    this.platform.reconnect(room);
  }

  // --- Where we are --------------------------------------------------------------------------------------------

  showHome(): void {
    this.#leaveChat();
    this.roomId = null;
  }

  /** Shows a room: the chat that was open in it last, else its lobby. */
  openRoom(room: string): void {
    const known = this.#latest.rooms[room];
    const last = this.#lastChat[room];
    const key = last ?? known?.topics.find((topic) => topic === LOBBY) ?? known?.topics[0];
    if (key && known?.chats[key]) return this.openChat(room, key);
    this.#leaveChat();
    this.roomId = room;
    this.#wantsLobby = true;
  }

  /** Shows a chat. A topic that I am not in is joined. */
  openChat(room: string, key: ChatKey): void {
    if (this.roomId === room && this.chatKey === key) return;
    this.#leaveChat();
    this.roomId = room;
    this.chatKey = key;
    this.#lastChat = { ...this.#lastChat, [room]: key };
    this.#do(room, intents.openChat(this.#latest, room, key));
    this.#look();
  }

  /** Back to the room's list of chats. */
  closeChat(): void {
    this.#leaveChat();
  }

  /** Enters a topic, which is made if there is none of that name, and shows it. */
  joinTopic(room: string, topic: string): void {
    this.openChat(room, topicKey(topic.trim().toLowerCase()));
  }

  leaveTopic(room: string, topic: string): void {
    this.#send(room, { type: "LEAVE_TOPIC", data: { topic } });
    if (this.roomId === room && this.chatKey === topicKey(topic)) this.closeChat();
  }

  openDirect(room: string, userId: string): void {
    this.openChat(room, directKey(userId));
  }

  /** Asks for the members of a large topic whom TOPIC_JOINED did not name. */
  loadMembers(room: string, topic: string): void {
    const after = this.#latest.rooms[room]?.chats[topicKey(topic)]?.members.toSorted().at(-1);
    this.#send(room, { type: "LIST_MEMBERS", data: { topic, ...(after === undefined ? {} : { after }) } });
  }

  // --- Talking -------------------------------------------------------------------------------------------------

  /** Sends a text and forgets its draft. False: there is nothing to send. */
  sendText(room: string, key: ChatKey, text: string): boolean {
    if (text.trim() === "") return false;
    this.#send(room, { type: "MSG", data: { ...intents.destinationOf(key), content: text } });
    this.drafts.set(room, key, "");
    // The host knows that who has spoken has stopped typing, so nothing is said of it.
    this.#told = null;
    this.#do(room, intents.jumpToLatest(this.#latest, room, key));
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
    if (this.#latest.boot?.settings.send_typing === false) return;
    this.#sayTyping(typing.touched(this.#told, hasText, Date.now()));
    this.#typingTimer ??= setInterval(() => this.#sayTyping(typing.silence(this.#told, Date.now())), 1_000);
  }

  draft(room: string, key: ChatKey): string {
    return this.drafts.get(room, key);
  }

  setDraft(room: string, key: ChatKey, text: string): void {
    this.drafts.set(room, key, text);
  }

  // --- Reading -------------------------------------------------------------------------------------------------

  loadOlder(): void {
    this.#here((room, key) => this.#do(room, intents.loadOlder(this.#latest, room, key)));
  }

  loadNewer(): void {
    this.#here((room, key) => this.#do(room, intents.loadNewer(this.#latest, room, key)));
  }

  jumpToLatest(): void {
    this.#here((room, key) => this.#do(room, intents.jumpToLatest(this.#latest, room, key)));
  }

  /** The view tells whether the end of the loaded messages is visible (within about 80 px). */
  atEnd(visible: boolean): void {
    this.#here((room, key) => {
      this.#changeNow(intents.setAtEnd(this.#latest, room, key, visible));
      this.#do(room, intents.fill(this.#latest, room, key));
    });
    this.#look();
  }

  /** Marks the open chat as read, wherever its view stands (Esc), and takes its divider away. */
  markRead(): void {
    this.#here((room, key) => {
      this.#changeNow(intents.clearDivider(this.#latest, room, key));
      this.#markRead(room, key);
    });
  }

  dismissNotice(room: string, id: number): void {
    const before = this.#latest.rooms[room];
    if (!before) return;
    this.#changeNow({ ...this.#latest, rooms: { ...this.#latest.rooms, [room]: dismissNotice(before, id) } });
  }

  /** The window came to the front, or went. */
  setFocused(focused: boolean): void {
    this.focused = focused;
    if (focused) this.now = Date.now();
    this.#look();
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
    const now = Date.now();
    this.#change(apply(this.#latest, event, now));
    switch (event.type) {
      case "show":
        this.openChat(event.room, chatKey(event) ?? LOBBY);
        break;
      case "connection":
        // A guest has one room and is in it from the start.
        if (this.roomId === null && !this.capabilities.discover) this.openRoom(event.room);
        break;
      case "frame":
        this.#after(event.room, event.frame, now);
        break;
      default:
        break;
    }
  }

  /** What a frame makes us do, beside changing the state. */
  #after(room: string, frame: Extract<PlatformEvent, { type: "frame" }>["frame"], now: number): void {
    switch (frame.type) {
      case "HELLO_ACK":
        this.#notices.gather(room, now);
        break;
      case "TOPIC_JOINED": {
        const key = topicKey(frame.data.topic);
        const chat = this.#latest.rooms[room]?.chats[key];
        // A read mark was lost on the way.
        if (chat && chat.read > frame.data.read && chat.read > 0) this.#marks.mark(room, key, chat.read);
        if (this.roomId === room && this.chatKey === null && this.#wantsLobby) this.openChat(room, key);
        break;
      }
      case "MSG":
        this.#consider(room, frame.data, now);
        break;
      case "TYPING":
        setTimeout(() => this.#change(expire(this.#latest, Date.now())), TYPING_SHOWN_MS + 10);
        break;
      // Answered with the same question, a refusal would go round for ever.
      case "ERROR":
        return;
      default:
        break;
    }
    if (room !== this.roomId || this.chatKey === null) return;
    this.#do(room, intents.fill(this.#latest, room, this.chatKey), false);
    this.#look();
  }

  #consider(roomId: string, message: Message, now: number): void {
    const room = this.#latest.rooms[roomId];
    const key = room ? chatOfMessage(message, room.me) : null;
    if (!room || !key || this.#latest.boot?.settings.notifications === false) return;
    const focus =
      this.focused && this.roomId !== null && this.chatKey !== null ? { room: this.roomId, key: this.chatKey } : null;
    if (!isWorthy(room, key, message, focus)) return;
    this.#notices.add(roomId, key, message, now);
    this.#tell();
  }

  #tell(): void {
    clearTimeout(this.#noticeTimer);
    for (const notice of this.#notices.due(Date.now())) {
      const place = notice.key === null ? {} : intents.placeOf(notice.key);
      this.platform.notify({ room: notice.room, ...place, ...wordNotice(this.#latest, notice) });
    }
    const next = this.#notices.next();
    if (next !== null) this.#noticeTimer = setTimeout(() => this.#tell(), Math.max(0, next - Date.now()));
  }

  /** The open chat counts as read while the window is in front and its end is visible. */
  #look(): void {
    if (!this.focused) return;
    this.#here((room, key) => {
      this.#notices.seen(room, key);
      if (this.#latest.rooms[room]?.chats[key]?.atEnd) this.#markRead(room, key);
    });
  }

  #markRead(room: string, key: ChatKey): void {
    const { state, frames } = intents.markRead(this.#latest, room, key);
    this.#change(state);
    for (const frame of frames) if (frame.type === "MARK_READ") this.#marks.mark(room, key, frame.data.seq);
  }

  #sayTyping(step: typing.TypingStep): void {
    this.#told = step.told;
    if (step.told === null) {
      clearInterval(this.#typingTimer);
      this.#typingTimer = undefined;
    }
    const { say } = step;
    if (say === null) return;
    this.#here((room, key) => {
      this.#send(room, { type: "TYPING", data: { ...intents.destinationOf(key), is_typing: say } });
    });
  }

  #leaveChat(): void {
    this.#sayTyping(typing.stopped(this.#told));
    this.#here((room, key) => this.#changeNow(intents.closeChat(this.#latest, room, key)));
    this.chatKey = null;
    this.#wantsLobby = false;
  }

  #here(act: (room: string, key: ChatKey) => void): void {
    if (this.roomId !== null && this.chatKey !== null) act(this.roomId, this.chatKey);
  }

  #do(room: string, intent: Intent, now = true): void {
    for (const frame of intent.frames) this.#send(room, frame);
    if (now) this.#changeNow(intent.state);
    else this.#change(intent.state);
  }

  #send(room: string, frame: ClientFrame): void {
    this.platform.send(room, frame);
  }

  #change(next: AppState): void {
    if (next === this.#latest) return;
    this.#latest = next;
    if (this.#publishTimer !== undefined) return;
    const wait = this.#publishedAt + PUBLISH_EVERY_MS - performance.now();
    if (wait <= 0) this.#publish();
    else this.#publishTimer = setTimeout(() => this.#publish(), wait);
  }

  /** For what the person did: shown at once. */
  #changeNow(next: AppState): void {
    this.#latest = next;
    this.#publish();
  }

  #publish(): void {
    clearTimeout(this.#publishTimer);
    this.#publishTimer = undefined;
    this.#publishedAt = performance.now();
    this.state = this.#latest;
    const count = totalUnread(this.#latest);
    if (count !== this.#badge) this.platform.badge((this.#badge = count));
  }
}

/** Whether the chat of a message can take one now: a topic I am in, or any direct chat. */
export function canWrite(chat: ChatState | null): boolean {
  return chat !== null && (chat.joined || !isTopic(chat.key));
}
