// @vitest-environment node
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Live } from "./live.svelte";
import { emptyState } from "./model";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("a change that is none is told to nobody, and one that waits is shown at once", () => {
  const onShown = vi.fn();
  const live = new Live(onShown);
  live.changeNow(live.latest);
  expect(onShown).not.toHaveBeenCalled();
  const [first, second] = [{ ...emptyState }, { ...emptyState }];
  live.changeNow(first);
  live.changeNow(first);
  expect(onShown).toHaveBeenCalledTimes(1);
  live.change(second);
  expect(live.shown).toBe(first);
  live.changeNow(second);
  expect(live.shown).toBe(second);
  vi.advanceTimersByTime(100);
  expect(onShown).toHaveBeenCalledTimes(2);
});
