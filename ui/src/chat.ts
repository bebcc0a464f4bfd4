// How a chat is named everywhere above the wire: one key for a topic or a direct chat, and its way into and out of a frame.

/** `#lobby`: a topic by its name. `@1f0c…`: the direct chat with the person of that `user_id`. */
export type ChatKey = `#${string}` | `@${string}`;

export const topicKey = (topic: string): ChatKey => `#${topic}`;
export const directKey = (userId: string): ChatKey => `@${userId}`;
export const isTopic = (key: ChatKey): boolean => key.startsWith("#");
/** The topic's name, or the other's `user_id`. */
export const chatName = (key: ChatKey): string => key.slice(1);

/** The chat that a frame is about, from its `topic` or its `with` / `to`. Null: the frame names none. */
export function chatKey(place: { topic?: string; with?: string; to?: string }): ChatKey | null {
  if (place.topic !== undefined) return topicKey(place.topic);
  const other = place.with ?? place.to;
  return other === undefined ? null : directKey(other);
}

/** The chat of a message, or null if the frame names neither topic nor person. */
export function chatOfMessage(message: { from: string; topic?: string; to?: string }, me: string): ChatKey | null {
  if (message.topic !== undefined) return topicKey(message.topic);
  if (message.to === undefined) return null;
  return directKey(message.from === me ? message.to : message.from);
}

/** The place of a chat in a frame: `topic` or `with`. */
export function placeOf(key: ChatKey): { topic: string } | { with: string } {
  return isTopic(key) ? { topic: chatName(key) } : { with: chatName(key) };
}

/** The destination of a message or a typing notice: `topic` or `to`. */
export function destinationOf(key: ChatKey): { topic: string } | { to: string } {
  return isTopic(key) ? { topic: chatName(key) } : { to: chatName(key) };
}
