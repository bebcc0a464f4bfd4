// A chat's address in the guest's page: the part of the URL after `#`. The page is one document, so nothing is loaded
// when it changes; back, forward, reload and a copied link lead to the chat.

import { type ChatKey, chatName, directKey, isTopic, topicKey } from "../chat";

/** `#/lobby`, `#/@1f0c…`; the list of chats has `#/`. */
export function addressOf(key: ChatKey | null): string {
  if (key === null) return "#/";
  return isTopic(key) ? `#/${encodeURIComponent(chatName(key))}` : `#/@${encodeURIComponent(chatName(key))}`;
}

export function chatAt(address: string): ChatKey | null {
  const path = /^#\/(.+)$/.exec(address)?.[1];
  if (path === undefined) return null;
  try {
    const name = decodeURIComponent(path);
    return name.startsWith("@") ? directKey(name.slice(1)) : topicKey(name);
  } catch {
    return null;
  }
}
