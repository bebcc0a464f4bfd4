// Which message comes next when a key moves through them. Dividers are passed over.

import { type Keyed, speaks } from "./steps";

const STEPS: Record<string, number> = { ArrowUp: -1, ArrowDown: 1, Home: -Infinity, End: Infinity };

/** The index of the row to go to; undefined: the key moves nothing. */
export function stepTo(rows: readonly Keyed[], from: number, key: string): number | undefined {
  const step = STEPS[key];
  if (step === undefined) return undefined;
  const spoken = [...rows.keys()].filter((index) => speaks(rows[index]!));
  const here = spoken.indexOf(from);
  return spoken[Math.max(0, Math.min(spoken.length - 1, here + step))];
}
