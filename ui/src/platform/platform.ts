// What carries the UI: the Tauri window (tauri.ts), a guest's browser (browser.ts), or a test (fake.ts).
// Views and state know this interface and nothing below it. Ask what the platform can do, never which one it is.

import type { Boot, ClientFrame, Keep, PlatformEvent, Settings } from "../wire";

/** What this platform can do; a view hides what it cannot. */
export interface Capabilities {
  /** See the rooms around, join several, forget them. A guest has one room and is in it from the start. */
  readonly discover: boolean;
  /** Host a room. */
  readonly host: boolean;
  /** A tray icon exists, so the window can be closed to it. */
  readonly tray: boolean;
  /** System notifications. */
  readonly notifications: boolean;
  /** Messages that wait for the host survive closing this window. */
  readonly keepsOutbox: boolean;
}

/** A room to be hosted. */
export interface HostRequest {
  readonly name: string;
  /** Absent: 8000, or any free one. */
  readonly port?: number;
  readonly visible: boolean;
}

/**
 * How long messages are kept; `keep` null: for ever. Without `topic` it is about all topics without a rule of their own;
 * `usual` takes a topic's own rule away.
 */
export type KeepRule =
  { readonly topic?: string; readonly keep: Keep | null } | { readonly topic: string; readonly usual: true };

/** A refusal that a view shows beside the control that caused it: the words are the platform's, for people. */
export class PlatformError extends Error {
  constructor(
    message: string,
    /** What a program acts on, where there is one: `outbox_waits`, `unreachable`, `invalid`, … */
    readonly code?: string,
  ) {
    super(message);
  }
}

/**
 * Everything above is written once against these verbs. Each promise rejects with `PlatformError`.
 *
 * Frames: `onEvent` delivers every server frame of a chat in order, without gap or double, also over a break: the
 * platform reconnects, says HELLO, joins again the topics that were joined, resumes from its positions and hands the
 * missed messages over as ordinary MSG frames (RESUMED only when `recovered` is false). After each HELLO it asks
 * LIST_TOPICS and LIST_DIRECT, and joins `lobby` in a room that is new to it.
 */
export interface Platform {
  readonly capabilities: Capabilities;
  /** Starts the flow of events. Those that tell the present state (rooms, hosting, outbox, …) come at once. */
  start(onEvent: (event: PlatformEvent) => void): Promise<Boot>;
  /** Sets my name, also in the rooms I am in. A guest's room is entered with the first name. */
  setName(name: string): Promise<void>;
  saveSettings(settings: Settings): Promise<void>;
  /** Joins by room id (a room around or known) or by a typed address; resolves to the room id once it answered. */
  join(roomOrAddress: string): Promise<string>;
  /** Leaves the room; it stays known, its outbox too. */
  leave(room: string): Promise<void>;
  /** Forgets all that is known of a room; refused while messages wait in its outbox unless `discard` is true. */
  forget(room: string, discard: boolean): Promise<void>;
  /** Resolves to the room id. */
  host(request: HostRequest): Promise<string>;
  /** Changes what the hosted room is called or whether it is announced. */
  changeHosting(change: { name?: string; visible?: boolean }): Promise<void>;
  stopHosting(): Promise<void>;
  /** Says how long the hosted room's topics keep messages. What is over then is removed for everybody. */
  keep(rule: KeepRule): Promise<void>;
  /** Copies the hosted room into one file; resolves to where it is. Nothing is overwritten. */
  backUp(): Promise<string>;
  /** Puts a text into the person's downloads; resolves to where it is, or null where only the system knows. */
  save(name: string, parts: readonly string[]): Promise<string | null>;
  /**
   * Sends a frame. A MSG gets its `message_id` here if it has none, goes through the outbox and comes back as an
   * `outbox` event at once; all others are dropped while the room is not online.
   */
  send(room: string, frame: ClientFrame): void;
  /** Tries to connect now. */
  reconnect(room: string): void;
  /** A failed message: again. */
  retry(room: string, messageId: string): void;
  /** A failed or waiting message: away with it. */
  discard(room: string, messageId: string): void;
  copy(text: string): Promise<void>;
  /** Opens http, https and mailto in the system's browser. */
  openLink(url: string): void;
  /** Something happened while nobody looked. The platform decides how to show it (toast, title, badge). */
  notify(notice: { room: string; topic?: string; with?: string; title: string; body: string }): void;
  /** Unread messages and mentions over all rooms, for title and badge. */
  badge(count: number): void;
}
