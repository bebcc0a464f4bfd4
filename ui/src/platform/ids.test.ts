// @vitest-environment node
import { describe, expect, it, vi } from "vitest";
import { token, uuidV4, uuidV7 } from "./ids";

describe("ids", () => {
  it("need nothing that is missing without a secure context", () => {
    vi.stubGlobal("crypto", { getRandomValues: crypto.getRandomValues.bind(crypto) });
    expect(uuidV4()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(uuidV7()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(token()).toMatch(/^[0-9a-f]{32}$/);
    vi.unstubAllGlobals();
  });

  it("of messages rise, within a millisecond and when the clock goes back", () => {
    const now = Date.now() + 1_000_000;
    const ids = Array.from({ length: 10_000 }, (_, index) => uuidV7(now - index));
    expect(ids).toEqual(ids.toSorted());
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("of messages begin with the time", () => {
    const now = Date.now() + 2_000_000;
    expect(parseInt(uuidV7(now).replaceAll("-", "").slice(0, 12), 16)).toBe(now);
  });
});
