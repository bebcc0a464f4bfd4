// Gives the rules of typing.ts their clock: tells the others that I type, and that I stopped.

import { silence, stopped, touched } from "./typing";
import type { TypingStep, TypingTold } from "./typing";

export class Typist {
  #told: TypingTold = null;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly say: (isTyping: boolean) => void) {}

  /** A key was touched, and there is text (or none any more). */
  touch(hasText: boolean): void {
    this.#take(touched(this.#told, hasText, Date.now()));
    if (this.#told) this.#timer ??= setInterval(() => this.#take(silence(this.#told, Date.now())), 1_000);
  }

  /** The text is gone, or its chat. */
  stop(): void {
    this.#take(stopped(this.#told));
  }

  /** The text was sent: its message says that I stopped, so nobody needs to be told. */
  sent(): void {
    this.#take({ told: null, say: null });
  }

  #take(step: TypingStep): void {
    this.#told = step.told;
    if (step.told === null) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
    if (step.say !== null) this.say(step.say);
  }
}
