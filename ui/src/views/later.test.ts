import { expect, it, vi } from "vitest";
import { part, RETRY_MS } from "./later";

const unreachable = () => Promise.reject(new TypeError("Failed to fetch dynamically imported module"));

it("is fetched once, however often it is asked for", async () => {
  const fetch = vi.fn(() => Promise.resolve("the part"));
  const come = part(fetch);
  expect(await Promise.all([come(), come()])).toEqual(["the part", "the part"]);
  expect(await come()).toBe("the part");
  expect(fetch).toHaveBeenCalledTimes(1);
});

it("comes when the host is back", async () => {
  vi.useFakeTimers();
  try {
    const fetch = vi.fn<() => Promise<string>>(unreachable);
    const coming = part(fetch)();
    await vi.advanceTimersByTimeAsync(3 * RETRY_MS);
    expect(fetch).toHaveBeenCalledTimes(4);
    fetch.mockResolvedValue("the part");
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(await coming).toBe("the part");
  } finally {
    vi.useRealTimers();
  }
});

it("says what broke while it started, and does not try that again", async () => {
  const fetch = vi.fn(() => Promise.reject(new RangeError("a fault of ours")));
  await expect(part(fetch)()).rejects.toThrow("a fault of ours");
  expect(fetch).toHaveBeenCalledTimes(1);
});
