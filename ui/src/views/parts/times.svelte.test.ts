import { flushSync } from "svelte";
import { expect, test } from "vitest";
import { setClock } from "../../state/today.svelte";
import { dayName } from "./times";

test("what was said today was said yesterday after midnight, and whoever shows it is told", () => {
  const morning = new Date(2026, 4, 7, 9, 12);
  setClock(morning.getTime());
  const shown: string[] = [];
  const stop = $effect.root(() => {
    $effect(() => void shown.push(dayName(morning.toISOString())));
  });
  flushSync();
  setClock(morning.getTime() + 3_600_000);
  flushSync();
  setClock(new Date(2026, 4, 8, 0, 0, 30).getTime());
  flushSync();
  stop();
  expect(shown).toEqual(["Today", "Yesterday"]);
});
