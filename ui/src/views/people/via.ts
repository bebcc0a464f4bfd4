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

/** A guest came by a browser or a dialect. */
export const isGuest = (person: Pick<UserInfo, "via">): boolean => person.via !== "app";
