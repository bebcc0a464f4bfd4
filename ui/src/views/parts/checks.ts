// What the host would refuse, said beside the field before anything is sent. The rules are those of protocol/values.rs.

import { m } from "../../messages/messages.js";
import { NAME_MAX_CHARS, NAME_MIN_CHARS, ROOM_NAME_MAX_BYTES, TOPIC_MAX_CHARS } from "../../wire";

// Control characters, and those that change what a name looks like without being seen.
const ODD =
  /[\p{Cc}\u200b\u200e\u200f\u061c\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\u2028\u2029\u00ad]/u;

/** Undefined: the name is good. */
export function nameProblem(name: string): string | undefined {
  const text = name.trim();
  const length = Array.from(text).length;
  if (length < NAME_MIN_CHARS) return m.name_too_short({ count: NAME_MIN_CHARS });
  if (length > NAME_MAX_CHARS) return m.name_too_long({ count: NAME_MAX_CHARS });
  return ODD.test(text) ? m.name_odd() : undefined;
}

/** A topic as the host writes it, without a leading `#` that somebody may have typed. */
export const topicName = (text: string): string => text.trim().replace(/^#\s*/, "").toLowerCase();

export function topicProblem(text: string): string | undefined {
  const name = topicName(text);
  if (Array.from(name).length > TOPIC_MAX_CHARS) return m.topic_long({ count: TOPIC_MAX_CHARS });
  const allowed = /^(?:[a-z0-9\-_.]|[^\p{ASCII}\s])+$/u.test(name) && !ODD.test(name);
  return allowed && /[^\-.]/u.test(name) ? undefined : m.topic_odd();
}

export function roomNameProblem(text: string): string | undefined {
  const name = text.trim();
  if (name === "") return m.host_name_empty();
  if (ODD.test(name)) return m.name_odd();
  const over = new TextEncoder().encode(name).length - ROOM_NAME_MAX_BYTES;
  return over > 0 ? m.host_name_long({ count: over }) : undefined;
}

/** The words of a refusal, whatever was thrown. */
export const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));
