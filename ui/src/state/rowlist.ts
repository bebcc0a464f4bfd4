// The list of the chat on screen over time: the same one as before, as long as nothing that it shows has changed. A room
// tells of much that is in no row (who is here, who types, other chats), and a new list costs the view a walk through it.

import type { ChatState, RoomState, Row } from "./model";
import { rowsOf, SHOWN, type RowsWish, type ShownChat, type ShownRoom, shownRoom } from "./rows";

interface Made {
  readonly room: ShownRoom;
  readonly chat: ShownChat;
  readonly wish: RowsWish;
  readonly list: Row[];
}

export class RowList {
  #made: Made | null = null;

  of(room: RoomState, chat: ChatState, wish: RowsWish): Row[] {
    const shown = shownRoom(room);
    if (!this.#made || !isSame(this.#made, shown, chat, wish)) {
      this.#made = { room: shown, chat, wish, list: rowsOf(shown, chat, wish) };
    }
    return this.#made.list;
  }
}

function isSame(made: Made, room: ShownRoom, chat: ShownChat, wish: RowsWish): boolean {
  return (
    made.wish.comings === wish.comings &&
    made.room.me === room.me &&
    made.room.ahead === room.ahead &&
    made.room.name === room.name &&
    SHOWN.every((part) => made.chat[part] === chat[part])
  );
}
