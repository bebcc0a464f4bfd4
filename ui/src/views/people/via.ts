// How somebody came, in words, and whether that makes them a guest.

import { m } from "../../messages/messages.js";
import type { UserInfo, Via } from "../../wire";

const WORDS: Record<Via, () => string> = {
  app: m.via_app,
  browser: m.via_browser,
  script: m.via_script,
  plain: m.via_plain,
  pair: m.via_pair,
  topic: m.via_topic,
  activity: m.via_activity,
  fastchat: m.via_fastchat,
};

export const viaWord = (via: Via): string => (WORDS[via] ?? WORDS.script)();

/** How a message of a guest is marked, so that nobody passes for a member. Undefined: a member wrote it. */
export function guestMark(person: Pick<UserInfo, "via">): string | undefined {
  if (!isGuest(person)) return undefined;
  const isDialect = person.via !== "browser" && person.via !== "script";
  return isDialect ? m.via_guest({ dialect: viaWord(person.via) }) : viaWord(person.via);
}

/** A guest came by a browser or a dialect. */
export const isGuest = (person: Pick<UserInfo, "via">): boolean => person.via !== "app";
