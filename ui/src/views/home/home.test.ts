import { fireEvent, render, screen, within } from "@testing-library/svelte";
import { describe, expect, it, vi } from "vitest";
import { PlatformError } from "../../platform/platform";
import type { KnownRoom, RoomAround } from "../../wire";
import Home from "./Home.svelte";
import { aroundRows, awayRooms, greeting } from "./list";

const around = (id: string, part: Partial<RoomAround> = {}): RoomAround => ({
  room_id: id,
  name: "Workshop",
  host: "jun-laptop",
  access: "open",
  members: 6,
  addrs: ["192.168.1.20:8000"],
  compatible: true,
  ...part,
});
const known = (id: string, part: Partial<KnownRoom> = {}): KnownRoom => ({
  room_id: id,
  name: "Kitchen",
  address: "192.168.1.77:8000",
  last_seen: "2026-11-19T17:20:00.000Z",
  joined: true,
  hosted: false,
  ...part,
});

function show(props: Partial<Parameters<typeof render<typeof Home>>[1]> = {}) {
  const verbs = {
    onjoin: vi.fn((_room: string) => Promise.resolve()),
    onleave: vi.fn((_room: string) => Promise.resolve()),
    onforget: vi.fn((_room: string, _discard: boolean) => Promise.resolve()),
    onhost: vi.fn(),
    onpanel: vi.fn(),
    onsettings: vi.fn(),
  };
  const base = { name: "Lena", around: [], known: [], hosting: null, canHost: true, isOnline: () => false };
  render(Home, { ...base, ...verbs, ...props });
  return verbs;
}

describe("the list of rooms", () => {
  it("tells rooms of one name apart, by an id where the host is the same too", () => {
    const apart = (rooms: RoomAround[]) => aroundRows(rooms, []).map((row) => row.apart);
    expect(apart([around("aaaa1"), around("bbbb1", { host: "attic" })])).toEqual(["", ""]);
    expect(apart([around("aaaa1"), around("bbbb1", { name: "workshop" })])).toEqual(["id aaaa", "id bbbb"]);
  });
  it("knows which rooms are away", () => {
    expect(awayRooms([around("a")], [known("a"), known("b")]).map((room) => room.room_id)).toEqual(["b"]);
  });
  it("greets by the hour", () => {
    expect([6, 13, 22, 2].map((hour) => greeting("Lena", hour))).toEqual([
      "Good morning, Lena",
      "Good afternoon, Lena",
      "Good evening, Lena",
      "Good evening, Lena",
    ]);
  });
});

describe("the home screen", () => {
  it("says what goes here while nothing is around, and keeps the two other ways in sight", () => {
    show();
    expect(screen.getByText(/appears here by itself/)).toBeTruthy();
    expect(screen.getByTestId("host-button").textContent).toContain("Host a room");
    expect(screen.getByTestId("address-field")).toBeTruthy();
    expect(screen.getByTestId("find-help-button")).toBeTruthy();
  });

  it("joins a room that is new and opens one I am in", async () => {
    const { onjoin } = show({ around: [around("a"), around("b", { name: "Attic" })], known: [known("b")] });
    const rows = screen.getAllByTestId("room-around");
    expect(rows.map((row) => /Join|Open/.exec(row.textContent ?? "")?.[0])).toEqual(["Join", "Open"]);
    await fireEvent.click(rows[0]!);
    expect(onjoin).toHaveBeenCalledExactlyOnceWith("a");
  });

  it("says of a locked room, and of one of another version, why it cannot be joined", async () => {
    const { onjoin } = show({ around: [around("a", { access: "locked" }), around("b", { compatible: false })] });
    const [locked, other] = screen.getAllByTestId("room-around");
    await fireEvent.click(locked!);
    expect(screen.getByRole("alert").textContent).toMatch(/joins open rooms only/);
    await fireEvent.click(other!);
    expect(screen.getByRole("alert").textContent).toMatch(/Both sides need the same one/);
    expect(onjoin).not.toHaveBeenCalled();
  });

  it("shows the reason beside what failed", async () => {
    const onjoin = vi.fn(() => Promise.reject(new Error("nothing answers at 10.9.9.9:8000")));
    show({ onjoin });
    const field = screen.getByTestId<HTMLInputElement>("address-field");
    await fireEvent.click(screen.getByTestId("address-join"));
    expect(screen.getByRole("alert").textContent).toMatch(/^Type the address/);
    await fireEvent.input(field, { target: { value: " 10.9.9.9 " } });
    await fireEvent.click(screen.getByTestId("address-join"));
    expect(onjoin).toHaveBeenCalledExactlyOnceWith("10.9.9.9");
    expect(await screen.findByText("nothing answers at 10.9.9.9:8000")).toBeTruthy();
    expect(field.getAttribute("aria-invalid")).toBe("true");
  });

  it("asks before it forgets, and again when messages would be lost", async () => {
    const onforget = vi.fn((_room: string, discard: boolean) =>
      discard ? Promise.resolve() : Promise.reject(new PlatformError("2 messages wait", "outbox_waits")),
    );
    show({ known: [known("k")], onforget });
    await fireEvent.click(screen.getByTestId("room-forget"));
    const dialog = screen.getByTestId("forget-room");
    await fireEvent.click(within(dialog).getByTestId("confirm-yes"));
    expect(await within(dialog).findByText(/They would be lost/)).toBeTruthy();
    await fireEvent.click(within(dialog).getByTestId("confirm-yes"));
    await vi.waitFor(() => expect(screen.queryByTestId("forget-room")).toBeNull());
    expect(onforget.mock.calls).toEqual([
      ["k", false],
      ["k", true],
    ]);
  });

  it("says why a room cannot be forgotten, and does not call it lost messages", async () => {
    const onforget = vi.fn((_room: string, _discard: boolean) =>
      Promise.reject(new PlatformError("disk full", "system")),
    );
    show({ known: [known("k")], onforget });
    await fireEvent.click(screen.getByTestId("room-forget"));
    const dialog = screen.getByTestId("forget-room");
    await fireEvent.click(within(dialog).getByTestId("confirm-yes"));
    expect(await within(dialog).findByText("disk full")).toBeTruthy();
    await fireEvent.click(within(dialog).getByTestId("confirm-yes"));
    await vi.waitFor(() => expect(onforget).toHaveBeenCalledTimes(2));
    expect(onforget.mock.calls.every(([, discard]) => !discard)).toBe(true);
  });
});
