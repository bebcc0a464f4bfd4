// Why a message was not sent, in words. The reason below may be a code of the host or already a sentence.

import { m } from "../../messages/messages.js";
import { noticeCodeWords } from "../chat/notices";

export const failure = (error: string): string =>
  error === "STAYS_NOW" ? m.message_stays_now() : (noticeCodeWords(error) ?? error);
