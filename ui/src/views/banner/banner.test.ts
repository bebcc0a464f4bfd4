import { fireEvent, render, screen } from "@testing-library/svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Connection, RefuseReason, WaitReason } from "../../wire";
import Banner from "./Banner.svelte";
import { bannerWords } from "./words";

const online: Connection = { state: "online", address: "a", room: { room_id: "r", name: "Workshop", access: "open" } };
const waiting = (reason: WaitReason): Connection => ({
  state: "waiting",
  reason,
  detail: "code 1001",
  retry_in_ms: 500,
});
const refused = (reason: RefuseReason): Connection => ({ state: "refused", reason, detail: "" });

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe("the words of the banner", () => {
  it("tells every reason apart", () => {
    const all = [
      ...(["host_gone", "unreachable", "no_network", "silent", "busy"] as const).map(waiting),
      ...(["identity", "kicked", "locked", "version", "not_landline"] as const).map(refused),
      { state: "left" } as const,
    ].map((connection) => bannerWords(connection, "Workshop")?.text);
    expect(new Set(all).size).toBe(all.length);
    expect(all).not.toContain(undefined);
  });
});

describe("the banner", () => {
  it("lets a short break pass", async () => {
    const view = render(Banner, { connection: waiting("silent"), room: "Workshop", ontry: () => {} });
    await vi.advanceTimersByTimeAsync(900);
    expect(screen.queryByTestId("banner")).toBeNull();
    await view.rerender({ connection: online });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(screen.queryByTestId("banner")).toBeNull();
  });

  it("says why after a second, keeps its words during the next try, and goes when it is over", async () => {
    const view = render(Banner, { connection: waiting("host_gone"), room: "Workshop", ontry: () => {} });
    await vi.advanceTimersByTimeAsync(1_100);
    expect(screen.getByTestId("banner").textContent).toMatch(/host has closed Workshop/);
    await view.rerender({ connection: { state: "connecting" } });
    expect(screen.getByTestId("banner").textContent).toMatch(/host has closed Workshop/);
    await view.rerender({ connection: online });
    expect(screen.queryByTestId("banner")).toBeNull();
  });

  it("says a refusal at once, and Try now tries", async () => {
    const ontry = vi.fn();
    render(Banner, { connection: refused("kicked"), room: "Workshop", ontry });
    await vi.advanceTimersByTimeAsync(0);
    expect(screen.getByTestId("banner").textContent).toMatch(/removed you/);
    await fireEvent.click(screen.getByRole("button"));
    expect(ontry).toHaveBeenCalledOnce();
  });
});
