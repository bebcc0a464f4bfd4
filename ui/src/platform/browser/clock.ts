// Time and chance for the browser's platform, as an argument: tests turn the hands themselves.

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls once after that many milliseconds; the answer takes it back. */
  after(ms: number, act: () => void): () => void;
  /** A number from 0 up to, not including, 1. */
  chance(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, act) {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
  chance: () => Math.random(),
};
