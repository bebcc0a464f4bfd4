// The way into rooms and chats and out of them: which chat a room opens with, and back to where one was.

import type { ChatKey } from "../chat";
import { pageStorage } from "../storage";
import { firstChat } from "./entrance";
import type { Here } from "./here.svelte";
import * as intents from "./intents";
import type { Opening } from "./intents";
import { Places } from "./places";

/** What goes with it. */
export interface Wayside {
  /** A chat came on screen. */
  readonly onOpen: () => void;
  /** The chat on screen is about to go. */
  readonly onLeave: () => void;
}

export class Way {
  readonly #places = new Places(pageStorage());
  /** A room was opened before its chats were known: one is opened when it is there. */
  #wantsChat = false;
  /** The chat to begin with, from the page's address. */
  #wish: ChatKey | null = null;

  constructor(
    private readonly here: Here,
    private readonly wayside: Wayside,
  ) {}

  wish(key: ChatKey | null): void {
    this.#wish = key;
  }

  toHome(): void {
    this.leaveChat();
    this.here.roomId = null;
  }

  /** The chat that was open in the room last, else its lobby. */
  toRoom(room: string): void {
    this.leaveChat();
    this.here.roomId = room;
    this.#wantsChat = true;
    this.toWanted(room, true);
  }

  toChat(room: string, key: ChatKey, opening: Opening): void {
    if (this.here.roomId === room && this.here.chatKey === key) return;
    this.leaveChat();
    this.here.roomId = room;
    this.here.chatKey = key;
    this.#places.set(room, key);
    this.here.do(room, intents.openChat(this.here.latest, room, key, opening));
    this.wayside.onOpen();
  }

  /** The chat of the last visit as soon as it is there; `orOther`: all are told, so the lobby or any other will do. */
  toWanted(room: string, orOther: boolean): void {
    if (!this.#wantsChat || this.here.roomId !== room || this.here.chatKey !== null) return;
    const shown = this.here.latest.rooms[room];
    const key = shown && firstChat(shown, this.#wish, this.#places.get(room), orOther);
    if (!key) return;
    this.#wish = null;
    this.toChat(room, key, {});
  }

  /** Back to the room's list of chats. */
  leaveChat(): void {
    this.wayside.onLeave();
    this.here.inChat((room, key) => this.here.live.changeNow(intents.closeChat(this.here.latest, room, key)));
    this.here.chatKey = null;
    this.#wantsChat = false;
  }
}
