// Where the person is: the room and the chat on screen, and whether the window is in front; and from there the one way to
// the state and to the room's host. Decides nothing.

import type { ChatKey } from "../chat";
import type { Platform } from "../platform/platform";
import type { ClientFrame } from "../wire";
import type { Intent } from "./intents";
import type { Live } from "./live.svelte";
import type { AppState } from "./model";

export class Here {
  /** The room on screen; null: the home screen. */
  roomId = $state<string | null>(null);
  /** The chat on screen; null: the room's list of chats (on a narrow window a screen of its own). */
  chatKey = $state<ChatKey | null>(null);
  /** Whether the window is in front and visible. */
  focused = $state(true);

  constructor(
    readonly live: Live,
    private readonly platform: Pick<Platform, "send">,
  ) {}

  /** The state as it is, which may not be on screen yet. */
  get latest(): AppState {
    return this.live.latest;
  }

  /** With the chat on screen, if there is one. */
  inChat(act: (room: string, key: ChatKey) => void): void {
    if (this.roomId !== null && this.chatKey !== null) act(this.roomId, this.chatKey);
  }

  /** `now`: the person did it, and sees it at once. */
  do(room: string, intent: Intent, now = true): void {
    for (const frame of intent.frames) this.send(room, frame);
    if (now) this.live.changeNow(intent.state);
    else this.live.change(intent.state);
  }

  send(room: string, frame: ClientFrame): void {
    this.platform.send(room, frame);
  }
}
