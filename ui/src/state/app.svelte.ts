// The thin layer between the pure state and the views: it owns the platform and joins the parts that act. Views read
// `app.state` (or `app.room`, `app.chat`, `app.rows`) and call the verbs below. What a verb does to the state is decided
// in intents.ts and apply.ts, never here; what comes from below is taken in arrivals.ts.

import { type ChatKey, destinationOf, directKey, topicKey } from "../chat";
import { pageStorage } from "../storage";
import type { Platform } from "../platform/platform";
import type { ClientFrame, PlatformEvent, ServerFrame, Settings } from "../wire";
import { expire } from "./apply";
import { Arrivals } from "./arrivals";
import * as asking from "./asking";
import { Drafts } from "./drafts.svelte";
import type { Piece } from "./export/reading";
import { Here } from "./here.svelte";
import { Hourglass } from "./hourglass";
import * as intents from "./intents";
import { Live } from "./live.svelte";
import { Looking } from "./looking";
import { Meeting } from "./meeting";
import type { AppState, ChatState, Goal, RoomState, Row } from "./model";
import { nextExpiry } from "./passing";
import { dismissNotice } from "./rooms";
import { RowList } from "./rowlist";
import { Telling } from "./telling";
import { setClock } from "./today.svelte";
import { Typist } from "./typist";
import { totalUnread } from "./unread";
import { Way } from "./way";

/** What passes the state by: the platform does it, and what comes of it comes as events. */
type Passed = Pick<
  Platform,
  | ("save" | "copy" | "openLink")
  | ("host" | "changeHosting" | "stopHosting" | "keep" | "backUp")
  | ("reconnect" | "retry" | "discard")
>;

export class App {
  /** The platform has started, so `state.boot` is set. */
  started = $state(false);
  /** Why the platform could not start, in words of the system. */
  fault = $state<string | null>(null);

  readonly room: RoomState | null = $derived(this.roomId === null ? null : (this.state.rooms[this.roomId] ?? null));
  readonly chat: ChatState | null = $derived(this.chatKey === null ? null : (this.room?.chats[this.chatKey] ?? null));
  readonly #rowList = new RowList();
  readonly #wanted = $derived({ comings: this.state.boot?.settings.show_comings !== false });
  /** The rows of the chat on screen, for the virtual list. */
  readonly rows: Row[] = $derived(this.room && this.chat ? this.#rowList.of(this.room, this.chat, this.#wanted) : []);
  readonly unread: number = $derived(totalUnread(this.state));

  readonly capabilities: Platform["capabilities"];
  readonly drafts = new Drafts(pageStorage());

  readonly #platform: Platform;
  readonly #live: Live;
  readonly #here: Here;
  readonly #way: Way;
  readonly #looking: Looking;
  readonly #telling: Telling;
  readonly #meeting: Meeting;
  readonly #typist: Typist;
  readonly #arrivals: Arrivals;
  #badge = -1;
  /** Runs out when the next message disappears. */
  readonly #sand = new Hourglass(() => this.#expire());

  constructor(platform: Platform) {
    this.#platform = platform;
    this.capabilities = platform.capabilities;
    this.#live = new Live((state) => {
      const count = totalUnread(state);
      if (count !== this.#badge) platform.badge((this.#badge = count));
      this.#sand.turn(nextExpiry(state));
    });
    this.#here = new Here(this.#live, platform);
    this.#telling = new Telling(this.#here, platform);
    this.#looking = new Looking(this.#here, (room, key) => this.#telling.seen(room, key));
    this.#typist = new Typist((is_typing) =>
      this.#here.inChat((room, key) => {
        platform.send(room, { type: "TYPING", data: { ...destinationOf(key), is_typing } });
      }),
    );
    this.#way = new Way(this.#here, {
      onOpen: () => this.#looking.look(),
      onLeave: () => this.#typist.stop(),
    });
    this.#meeting = new Meeting(this.#here, (room, other) => this.#met(room, other));
    this.#arrivals = new Arrivals(this.#here, {
      way: this.#way,
      looking: this.#looking,
      telling: this.#telling,
      meeting: this.#meeting,
      isGuest: !this.capabilities.discover,
      expire: () => this.#expire(),
    });
  }

  /** Everything; replaced as a whole at each change. */
  get state(): AppState {
    return this.#live.shown;
  }

  /** The room on screen; null: the home screen. */
  get roomId(): string | null {
    return this.#here.roomId;
  }

  /** The chat on screen; null: the room's list of chats (on a narrow window a screen of its own). */
  get chatKey(): ChatKey | null {
    return this.#here.chatKey;
  }

  get platform(): Passed {
    return this.#platform;
  }

  // --- Starting, settings, rooms -------------------------------------------------------------------------------

  /** Starts the platform. Call once; a failure is in `fault`. */
  async start(): Promise<void> {
    try {
      // Events are about the person whom `boot` names, so those that come before it wait.
      const early: PlatformEvent[] = [];
      const boot = await this.#platform.start((event) => {
        if (this.started) this.#arrivals.take(event);
        else early.push(event);
      });
      this.#live.changeNow({ ...this.#live.latest, boot });
      this.started = true;
      for (const event of early) this.#arrivals.take(event);
    } catch (error) {
      this.fault = error instanceof Error ? error.message : String(error);
    }
    setInterval(() => setClock(Date.now()), 60_000);
  }

  /** Rejects with PlatformError. */
  async setName(name: string): Promise<void> {
    await this.#platform.setName(name);
    const { boot } = this.#live.latest;
    if (boot) this.#live.changeNow({ ...this.#live.latest, boot: { ...boot, display_name: name } });
  }

  async saveSettings(settings: Settings): Promise<void> {
    await this.#platform.saveSettings(settings);
    const { boot } = this.#live.latest;
    if (boot) this.#live.changeNow({ ...this.#live.latest, boot: { ...boot, settings } });
  }

  /** Joins a room by id or typed address and shows it. */
  async join(roomOrAddress: string): Promise<string> {
    const room = await this.#platform.join(roomOrAddress);
    this.openRoom(room);
    return room;
  }

  async leave(room: string): Promise<void> {
    await this.#platform.leave(room);
    if (this.roomId === room) this.showHome();
  }

  async forget(room: string, discard: boolean): Promise<void> {
    await this.#platform.forget(room, discard);
    if (this.roomId === room) this.showHome();
  }

  /** The whole chat from its beginning, page by page, beside what is on screen. */
  async *readAll(room: string, key: ChatKey): AsyncGenerator<Piece> {
    const { Reading } = await import("./export/reading");
    const reading = new Reading(room, key, (frame) => this.#here.send(room, frame));
    this.#arrivals.reading = reading;
    try {
      yield* reading.all();
    } finally {
      if (this.#arrivals.reading === reading) this.#arrivals.reading = null;
    }
  }

  // --- Where we are --------------------------------------------------------------------------------------------

  /** The chat to open first, where it exists. */
  wish(key: ChatKey | null): void {
    this.#way.wish(key);
  }

  showHome(): void {
    this.#way.toHome();
  }

  /** Shows a room: the chat that was open in it last, else its lobby. */
  openRoom(room: string): void {
    this.#way.toRoom(room);
  }

  /** Shows a chat. A topic that I am not in is joined; `ttl` as in `joinTopic`. */
  openChat(room: string, key: ChatKey, ttl?: number, goal?: Goal): void {
    this.#way.toChat(room, key, { ttl, goal });
  }

  /** Back to the room's list of chats. */
  closeChat(): void {
    this.#way.leaveChat();
  }

  /**
   * Enters a topic, which is made if there is none of that name, and shows it. `ttl`: if it is made, its messages
   * disappear after so many seconds.
   */
  joinTopic(room: string, topic: string, ttl?: number): void {
    this.openChat(room, topicKey(topic.trim().toLowerCase()), ttl);
  }

  leaveTopic(room: string, topic: string): void {
    this.#here.send(room, { type: "LEAVE_TOPIC", data: { topic } });
    if (this.roomId === room && this.chatKey === topicKey(topic)) this.closeChat();
  }

  openDirect(room: string, userId: string): void {
    this.openChat(room, directKey(userId));
  }

  /** The window came to the front, or went. */
  setFocused(focused: boolean): void {
    this.#here.focused = focused;
    if (focused) {
      setClock(Date.now());
      // Timers of a hidden page run late.
      this.#expire();
    } else this.#looking.flush();
    this.#looking.look();
  }

  // --- People --------------------------------------------------------------------------------------------------

  /** Looks for somebody else who does the same; a pair I am in ends. */
  meet(room: string): void {
    this.#meeting.seek(room);
  }

  /** Ends the waiting or the pair. */
  leavePair(room: string): void {
    this.#meeting.leave(room);
  }

  /** Asks for people by name, in a room too large to be told of everybody; the same again: the next page. */
  findPeople(room: string, text: string): void {
    this.#here.send(room, asking.findPeople(this.#live.latest.rooms[room], text));
  }

  /** Asks who has read a message of a topic too large to be told of each; again: the next page. */
  askSeenBy(room: string, topic: string, seq: number): void {
    this.#here.send(room, asking.seenBy(this.#live.latest.rooms[room], topic, seq));
  }

  // --- Talking -------------------------------------------------------------------------------------------------

  /** Sends a text and forgets its draft. False: there is nothing to send. */
  sendText(room: string, key: ChatKey, text: string): boolean {
    if (text.trim() === "") return false;
    this.#here.send(room, { type: "MSG", data: { ...destinationOf(key), content: text } });
    this.drafts.set(room, key, "");
    this.#typist.sent();
    this.#here.do(room, intents.jumpToLatest(this.#live.latest, room, key));
    return true;
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
    this.#here.inChat((room, key) => this.#here.do(room, intents.loadOlder(this.#live.latest, room, key)));
  }

  loadNewer(): void {
    this.#here.inChat((room, key) => this.#here.do(room, intents.loadNewer(this.#live.latest, room, key)));
  }

  jumpToLatest(): void {
    this.#here.inChat((room, key) => this.#here.do(room, intents.jumpToLatest(this.#live.latest, room, key)));
  }

  /** Shows a message of a chat, or the first one of a moment (milliseconds since 1970) or later; opens the chat for it. */
  jumpTo(room: string, key: ChatKey, goal: Goal): void {
    if (this.roomId !== room || this.chatKey !== key) this.openChat(room, key, undefined, goal);
    else this.#here.do(room, intents.jumpTo(this.#live.latest, room, key, goal));
  }

  /** The view tells whether the end of the loaded messages is visible (within about 80 px). */
  atEnd(visible: boolean): void {
    this.#looking.atEnd(visible);
  }

  /** Marks the open chat as read, wherever its view stands (Esc), and takes its divider away. */
  markRead(): void {
    this.#here.inChat((room, key) => {
      this.#live.changeNow(intents.clearDivider(this.#live.latest, room, key));
      this.#looking.markRead(room, key);
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

  /** Looks for something in a room; the answer goes to whoever hears it. */
  search(room: string, data: Extract<ClientFrame, { type: "SEARCH" }>["data"]): void {
    this.#here.send(room, { type: "SEARCH", data });
  }

  /** Who hears the answers; null: nobody any more. */
  hearSearch(hear: ((room: string, frame: ServerFrame) => void) | null): void {
    this.#arrivals.searching = hear;
  }

  // --- Within --------------------------------------------------------------------------------------------------

  /** Met somebody: into the chat with them, except from under the fingers of one who is writing. */
  #met(room: string, other: string): void {
    const isWriting = this.roomId === room && this.chatKey !== null && this.draft(room, this.chatKey) !== "";
    if (this.roomId === room && !isWriting) this.openDirect(room, other);
    this.#telling.ofMeeting(room, other);
  }

  /** What is over goes at once, and with it whatever was said of it. */
  #expire(): void {
    this.#live.change(expire(this.#live.latest, Date.now()));
    this.#sand.turn(nextExpiry(this.#live.latest));
  }
}
