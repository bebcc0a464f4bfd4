// Questions about people whose answers come in pages: the same question again asks for what follows what is known.

import { topicKey } from "../chat";
import type { ClientFrame } from "../wire";
import type { RoomState } from "./model";

/** People by name, in a room too large to be told of everybody. */
export function findPeople(room: RoomState | undefined, text: string): ClientFrame {
  const known = room?.found;
  const after = known?.more && (known.text ?? "") === text ? known.users.at(-1)?.user_id : undefined;
  return { type: "FIND_PEOPLE", data: { text, ...(after === undefined ? {} : { after }) } };
}

/** Who has read a message, in a topic too large to be told of each. */
export function seenBy(room: RoomState | undefined, topic: string, seq: number): ClientFrame {
  const known = room?.chats[topicKey(topic)]?.seenBy;
  const after = known?.seq === seq && known.more ? known.people.at(-1)?.user_id : undefined;
  return { type: "SEEN_BY", data: { topic, seq, ...(after === undefined ? {} : { after }) } };
}
