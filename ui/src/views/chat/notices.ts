// A sentence for each code of refusal that a person can come to see.

import { m } from "../../messages/messages.js";
import type { Notice } from "../../state/model";
import type { Code } from "../../wire";

const WORDS: Partial<Record<Code, () => string>> = {
  USER_NOT_FOUND: m.notice_user_not_found,
  NOT_HERE: m.notice_not_here,
  TOPIC_NOT_FOUND: m.notice_topic_not_found,
  NOT_IN_TOPIC: m.notice_not_in_topic,
  RATE_LIMITED: m.notice_rate_limited,
  BUSY: m.notice_busy,
  READ_ONLY: m.notice_read_only,
  LIMIT_REACHED: m.notice_limit_reached,
  VALIDATION: m.notice_validation,
  MESSAGE_CONFLICT: m.notice_message_conflict,
};

/** The sentence of a code; undefined: no code of ours. */
export const noticeCodeWords = (code: string): string | undefined => WORDS[code as Code]?.();

export const noticeWords = (notice: Notice): string => (WORDS[notice.code] ?? m.notice_other)();
