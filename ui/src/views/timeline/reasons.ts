// Why a message was not sent, in words. The reason below may be a code of the host or already a sentence.

import { noticeCodeWords } from "../chat/notices";

export const failure = (error: string): string => noticeCodeWords(error) ?? error;
