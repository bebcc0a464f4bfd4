// Typing, both ways. In: who types, until when. Out: when to say that I do.

import type { Typing } from "../wire";
import { TYPING_SHOWN_MS } from "./model";
import type { ChatState } from "./model";

/** Least time between two notices that I type, in milliseconds. */
export const TYPING_EVERY_MS = 3_000;
/** Silence after which I no longer type, in milliseconds. */
export const TYPING_SILENCE_MS = 5_000;

export function applyTyping(chat: ChatState, typing: Typing, now: number): ChatState {
  const others = chat.typing.filter((person) => person.user_id !== typing.user_id);
  if (!typing.is_typing) return others.length === chat.typing.length ? chat : { ...chat, typing: others };
  const { user_id, display_name } = typing;
  return { ...chat, typing: [...others, { user_id, display_name, until: now + TYPING_SHOWN_MS }] };
}

export function expireTyping(chat: ChatState, now: number): ChatState {
  if (chat.typing.every((person) => person.until > now)) return chat;
  return { ...chat, typing: chat.typing.filter((person) => person.until > now) };
}

/** What the others were told: null, or when they were told last and when I last touched a key. */
export type TypingTold = { readonly toldAt: number; readonly touchedAt: number } | null;
/** What to do now: say that I type, say that I stopped, or nothing. */
export type TypingStep = { readonly told: TypingTold; readonly say: boolean | null };

/** A key was touched, and there is text (or none any more). */
export function touched(told: TypingTold, hasText: boolean, now: number): TypingStep {
  if (!hasText) return stopped(told);
  if (told && now - told.toldAt < TYPING_EVERY_MS) return { told: { ...told, touchedAt: now }, say: null };
  return { told: { toldAt: now, touchedAt: now }, say: true };
}

/** Time passed. */
export function silence(told: TypingTold, now: number): TypingStep {
  if (!told || now - told.touchedAt < TYPING_SILENCE_MS) return { told, say: null };
  return stopped(told);
}

/** The text was sent or removed, or another chat was opened. */
export function stopped(told: TypingTold): TypingStep {
  return { told: null, say: told ? false : null };
}
