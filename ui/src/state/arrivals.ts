// What comes from below: each event changes the state, and then each part is told what concerns it.

import { chatKey, topicKey } from "../chat";
import type { PlatformEvent, ServerFrame } from "../wire";
import { apply } from "./apply";
import { LOBBY } from "./entrance";
import type { Reading } from "./export/reading";
import type { Here } from "./here.svelte";
import * as intents from "./intents";
import type { Looking } from "./looking";
import type { Meeting } from "./meeting";
import { TYPING_SHOWN_MS } from "./model";
import type { Telling } from "./telling";
import type { Way } from "./way";

export interface Parts {
  readonly way: Way;
  readonly looking: Looking;
  readonly telling: Telling;
  readonly meeting: Meeting;
  /** A guest has one room and is in it from the start. */
  readonly isGuest: boolean;
  /** Takes away what is over. */
  readonly expire: () => void;
}

export class Arrivals {
  /** Who hears the answers to a search; null: nobody. */
  searching: ((room: string, frame: ServerFrame) => void) | null = null;
  /** A chat that is read beside what is on screen, whose pages are not the state's. */
  reading: Reading | null = null;

  constructor(
    private readonly here: Here,
    private readonly parts: Parts,
  ) {}

  take(event: PlatformEvent): void {
    if (this.reading?.takes(event)) return;
    this.here.live.change(apply(this.here.latest, event, Date.now()));
    switch (event.type) {
      case "show":
        this.parts.way.toChat(event.room, chatKey(event) ?? LOBBY, {});
        break;
      case "connection":
        if (this.here.roomId === null && this.parts.isGuest) this.parts.way.toRoom(event.room);
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
    const { way, looking, telling, meeting, expire } = this.parts;
    switch (frame.type) {
      case "HELLO_ACK":
        telling.gather(room);
        meeting.seekAgain(room);
        break;
      case "PAIR":
        if (frame.data.state === "paired" && frame.data.with !== undefined) meeting.paired(room, frame.data.with);
        break;
      case "TOPIC_JOINED":
        looking.joined(room, topicKey(frame.data.topic), frame.data.read);
        way.toWanted(room, false);
        break;
      case "DIRECT":
        way.toWanted(room, true);
        break;
      case "MSG":
        telling.ofMessage(room, frame.data);
        break;
      case "TYPING":
        setTimeout(expire, TYPING_SHOWN_MS + 10);
        break;
      case "FOUND":
        this.searching?.(room, frame);
        return;
      // Answered with the same question, a refusal would go round for ever.
      case "ERROR":
        if (frame.data.details.search_id !== undefined) {
          this.searching?.(room, frame);
          return;
        }
        // A topic that the host would not make.
        this.here.inChat((here, key) => {
          if (here === room && !this.here.latest.rooms[room]?.chats[key]) way.leaveChat();
        });
        return;
      default:
        break;
    }
    if (room !== this.here.roomId || this.here.chatKey === null) return;
    this.here.do(room, intents.fill(this.here.latest, room, this.here.chatKey), false);
    looking.look();
  }
}
