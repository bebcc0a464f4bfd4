// The state of the whole UI: plain, immutable data that `apply` (apply.ts) makes from platform events and that the views
// show. Everything derived from it is a function beside it: unread.ts, title.ts, rows.ts. No Svelte, socket or clock.

import type { ChatKey } from "../chat";
import type {
  Boot,
  Code,
  Connection,
  Hosting,
  Keep,
  KnownRoom,
  Limits,
  Message,
  OutboxMessage,
  People,
  RoomAround,
  RoomInfo,
  SeenBy,
  UserInfo,
} from "../wire";

/** Everything. Replaced as a whole at each change; parts that did not change keep their identity. */
export interface AppState {
  /** Who I am and how things are set. Null until the platform has started. */
  readonly boot: Boot | null;
  /** The rooms that announce themselves now, sorted by name. */
  readonly around: readonly RoomAround[];
  /** The rooms I am or was in, the newest visit first. */
  readonly known: readonly KnownRoom[];
  /** What I host. */
  readonly hosting: Hosting | null;
  /** The rooms with a connection (or that had one since the start), by room id. */
  readonly rooms: Readonly<Record<string, RoomState>>;
}

/** One room as this member sees it. */
export interface RoomState {
  readonly id: string;
  /** Absent until its server answered once; see `roomTitle`. */
  readonly info?: RoomInfo;
  readonly connection: Connection;
  /** My `user_id` here. */
  readonly me: string;
  /** Everybody who is here or was seen, by `user_id`; `online` tells which. */
  readonly people: Readonly<Record<string, UserInfo>>;
  /** How many are here, where they are too many for me to be told of everybody; else null. */
  readonly total: number | null;
  /** The people I asked for by name, in such a room. */
  readonly found: People | null;
  readonly chats: Readonly<Record<ChatKey, ChatState>>;
  /** Order of the topics, oldest first. */
  readonly topics: readonly ChatKey[];
  /** Order of the direct chats, the one with the newest message first. */
  readonly direct: readonly ChatKey[];
  /** What the server holds us to; absent until the first hello. */
  readonly limits?: Limits;
  /** The last refusals that belong to no message, the newest last; at most `NOTICES_KEPT`. */
  readonly notices: readonly Notice[];
  /** How far the host's clock is ahead of this device's, in milliseconds. */
  readonly ahead: number;
  /** How it stands with meeting somebody. */
  readonly pair: PairView;
}

/** `with` and `name`: whom I met, or who left. */
export type PairView =
  | { readonly state: "off" | "waiting" }
  | { readonly state: "paired" | "left"; readonly with: string; readonly name: string };

/** A refusal worth showing. `app.dismissNotice(room, id)` takes it away. */
export interface Notice {
  readonly id: number;
  readonly code: Code;
  /** The server's words, for the details; the sentence comes from the catalogue by `code`. */
  readonly message: string;
  readonly topic?: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/**
 * One chat. `messages` is a window on its log: ascending by `seq` without a hole, at most `WINDOW_MAX` long. What lies
 * beyond is loaded on demand (`hasOlder`, `hasNewer`), and the far end is dropped.
 */
export interface ChatState {
  readonly key: ChatKey;
  /** Topics: whether I am in it. Direct chats: always true. */
  readonly joined: boolean;
  /** Epoch of the newest message, or of the room; empty until known. */
  readonly epoch: string;
  /** `seq` of the newest message that exists (the head); 0: none. */
  readonly seq: number;
  /** The newest `seq` I have read. */
  readonly read: number;
  /** How far others have read, by `user_id`, as far as it was told; see seen.ts. */
  readonly seen: Readonly<Record<string, number>>;
  /** Topics: too many people to be told of each. `app.askSeenBy` asks. */
  readonly seenByAsking: boolean;
  /** The last answer to that; null: none yet. */
  readonly seenBy: SeenBy | null;
  /** Topics: `user_id`s of those who are in it, as far as they were told. */
  readonly members: readonly string[];
  /** Topics: how many are in it. */
  readonly memberCount: number;
  readonly messages: readonly Message[];
  /** Topics made to disappear: how long a message lives, in seconds. Null: messages stay. */
  readonly ttl: number | null;
  /** Topics: how long the host keeps messages. Null: for ever. */
  readonly keep: Keep | null;
  /** `seq` of the oldest message that the host keeps; 1: nothing was removed. */
  readonly oldest: number;
  /** Topics: guests of the older chat systems who are in it besides the members. */
  readonly guests: number;
  /**
   * Messages that disappear, by `seq` (behind which they stand) and `order`; they are in no log, so the window on it does
   * not hold them. Those whose time is over are taken out by `expire`.
   */
  readonly passing: readonly Message[];
  /** Those of `passing` that came from others and that I have not seen. */
  readonly unseen: readonly Message[];
  /** What happened here while I was in it, the oldest first: people who came and went. Not kept by anybody. */
  readonly happenings: readonly Happening[];
  /** Who was in it before the connection broke and may come back until then, as if nothing had happened. */
  readonly expected: { readonly ids: readonly string[]; readonly until: number } | null;
  /** The head when a page was asked for last; null: none was. */
  readonly asked: number | null;
  /** There are messages before the window. False too as long as nothing has been loaded and `seq` is 0. */
  readonly hasOlder: boolean;
  /** There are messages after the window: the newest are not on screen. */
  readonly hasNewer: boolean;
  /** Which page is on its way. */
  readonly loading: Loading | null;
  /** Where the person wants to go; asked for as soon as it can be. */
  readonly seeking: Goal | "latest" | null;
  /** Where they went last, for the view to show it. */
  readonly landed: Landing | null;
  /** My messages without a place in the log yet, in the order of writing. Shown after the newest message. */
  readonly outbox: readonly OutboxEntry[];
  /** Who types now, me never. */
  readonly typing: readonly TypingPerson[];
  /**
   * The "New" divider stands before the first message of another with a `seq` above this; null: no divider. Placed
   * when the chat is opened, stays while it is read.
   */
  readonly divider: number | null;
  /** With `divider`: of those that disappear behind this very `seq`, the ones from this `order` on are new too. */
  readonly dividerOrder: number | null;
  /** Whether the end of the chat is visible, as the view told by `app.atEnd`; true while the chat is not open. */
  readonly atEnd: boolean;
  /**
   * The host's log was replaced, or what we missed was removed, while we were away; so what was shown before is gone. Said
   * once above it.
   */
  readonly cut: "replaced" | "removed" | null;
}

export type Loading = "older" | "newer" | "latest" | "around";

/** A place to go to: a message, or the first one of this moment (milliseconds since 1970) or later. */
export type Goal = { readonly seq: number } | { readonly at: number };

/** The place that was gone to. */
export interface Landing {
  /** Null: the end of the chat. */
  readonly seq: number | null;
  /** What was looked for is not there (any more), and this is the nearest. */
  readonly missed: boolean;
  /** Tells two goings to the same place apart. */
  readonly id: number;
}

/**
 * A message of mine on its way. `seq` is set once the host has acknowledged it and its `MSG` is still to come; `until` if
 * it is one that disappears: at that time of this device it is gone, whether its `MSG` came or not.
 */
export type OutboxEntry = OutboxMessage & { readonly seq?: number; readonly until?: number };

/** Somebody came or went, or was met. It stands behind the message `seq`, `order` as those that disappear do. */
export interface Happening {
  readonly id: number;
  readonly kind: "joined" | "left" | "met" | "parted" | "ended" | "cut_off";
  readonly user_id: string;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly seq: number;
  readonly order: number;
}

export interface TypingPerson {
  readonly user_id: string;
  readonly display_name: string;
  /** Milliseconds since 1970 after which it no longer counts. */
  readonly until: number;
}

/** Most messages of a chat in memory. The far end is dropped `WINDOW_STEP` at a time, so that it happens rarely. */
export const WINDOW_MAX = 1000;
export const WINDOW_STEP = 200;
/** Messages asked for at a time while scrolling. */
export const PAGE = 100;
export const NOTICES_KEPT = 5;
/** Most disappearing messages of a chat in memory; the oldest go first. */
export const PASSING_MAX = 2_000;
export const HAPPENINGS_KEPT = 100;
/** How long another's typing is shown without a new notice, in milliseconds. */
export const TYPING_SHOWN_MS = 5_000;

/** A row of the virtual list, made by `rows` (rows.ts). `key` is stable, also when my message gets its place. */
export type Row =
  /** "This is the beginning of …": only where the log really begins. */
  | { readonly type: "start"; readonly key: string }
  /** A new day begins; `at` is the timestamp of its first message (the view words it in the reader's locale). */
  | { readonly type: "day"; readonly key: string; readonly at: string }
  /** The "New" divider. */
  | { readonly type: "new"; readonly key: string }
  /** `first`: begins a block (name and time are shown). `last`: ends it. */
  | {
      readonly type: "message";
      readonly key: string;
      readonly message: Message;
      readonly mine: boolean;
      readonly first: boolean;
      readonly last: boolean;
      /** It concerns me: my name is mentioned. */
      readonly mention: boolean;
      /** My newest message says that the host has it: on its disk, or, if it disappears, in its memory. */
      readonly tick: "saved" | "sent" | null;
      /** One that disappears: when, in milliseconds since 1970 of this device. */
      readonly until: number | null;
    }
  /** What happened between two messages. */
  | { readonly type: "happening"; readonly key: string; readonly happenings: readonly Happening[] }
  /** A message of mine that waits, is on its way, or failed. */
  | {
      readonly type: "outbox";
      readonly key: string;
      readonly message: OutboxEntry;
      readonly first: boolean;
      readonly last: boolean;
    };

export const emptyState: AppState = { boot: null, around: [], known: [], hosting: null, rooms: {} };
