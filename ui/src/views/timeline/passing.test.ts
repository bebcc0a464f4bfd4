import { cleanup, fireEvent, render, screen } from "@testing-library/svelte";
import { tick } from "svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Happening, Row } from "../../state/model";
import type { Message, Via } from "../../wire";
import { leftWords, lifeShort, lifeWords } from "../parts/lives";
import Announcer from "./Announcer.svelte";
import Beginning from "./Beginning.svelte";
import { happeningWords } from "./happenings";
import Rows from "./Rows.svelte";

const NOW = Date.parse("2026-11-20T12:00:00.000Z");
const message = (part: Partial<Message> = {}): Message => ({
  from: "6a1c",
  display_name: "Client #7",
  via: "plain",
  topic: "lobby",
  kind: "text",
  content: "hi",
  message_id: "m1",
  epoch: "e1",
  seq: 7,
  timestamp: new Date(NOW).toISOString(),
  ...part,
});
const row = (part: Partial<Message> = {}, more: Partial<Extract<Row, { type: "message" }>> = {}): Row => ({
  type: "message",
  key: "k",
  message: message(part),
  mine: false,
  first: true,
  last: true,
  mention: false,
  tick: null,
  until: null,
  ...more,
});
const passing = (seconds: number) =>
  row({ expires_at: new Date(NOW + seconds * 1_000).toISOString() }, { until: NOW + seconds * 1_000 });

function show(one: Row) {
  const actions = { link: vi.fn(), copy: vi.fn(() => Promise.resolve()), retry: vi.fn(), discard: vi.fn() };
  const base = { title: "# lobby", direct: false, ttl: null, empty: false, me: "me", myName: "Lena", total: 9 };
  return render(Rows, { row: one, active: true, actions, ...base });
}

beforeEach(() => void vi.useFakeTimers({ now: NOW }));
afterEach(() => vi.useRealTimers());

describe("how long a message lives", () => {
  it("is said in the largest unit that counts it exactly", () => {
    expect([30, 60, 300, 3_600, 86_400, 90, 7_200].map(lifeWords)).toEqual([
      "30 seconds",
      "1 minute",
      "5 minutes",
      "1 hour",
      "1 day",
      "90 seconds",
      "2 hours",
    ]);
    expect([30, 300, 3_600, 86_400].map(lifeShort)).toEqual(["30 s", "5 min", "1 h", "1 d"]);
  });

  it("and what is left of it by the minute's clock, beyond an hour in hours", () => {
    expect([23_000, 22_001, 60_000, 299_000, 0, -5, 3_600_000, 7_200_001].map(leftWords)).toEqual([
      "0:23",
      "0:23",
      "1:00",
      "4:59",
      "0:00",
      "0:00",
      "1 h",
      "3 h",
    ]);
  });
});

describe("a message that disappears", () => {
  it("counts down each second, and all of them by one timer that stops with the last", async () => {
    const first = show(passing(30));
    const second = show(passing(90));
    const texts = () => screen.getAllByTestId("remaining").map((one) => one.textContent!.trim());
    expect(texts()).toEqual(["0:30", "1:30"]);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(1_000);
    await tick();
    expect(texts()).toEqual(["0:29", "1:29"]);
    first.unmount();
    second.unmount();
    await tick();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("says in its name when it is over, and has no place among those that stay", () => {
    show(passing(30));
    const article = screen.getByRole("article");
    expect(article.getAttribute("aria-label")).toMatch(/disappears at/);
    expect(article.hasAttribute("aria-posinset")).toBe(false);
  });

  it("of mine is sent, one that stays is saved", () => {
    show(row({}, { tick: "sent" }));
    expect(screen.getByTestId("tick").textContent!.trim()).toBe("Sent");
    cleanup();
    show(row({}, { tick: "saved" }));
    expect(screen.getByTestId("tick").textContent!.trim()).toBe("On the host");
  });

  it("is told to a screen reader once, and taken away from it too", async () => {
    const one = message({ expires_at: new Date(NOW + 9_000).toISOString(), seq: 0 });
    const view = render(Announcer, { messages: [], passing: [], me: "me", head: 0 });
    await view.rerender({ passing: [one] });
    vi.advanceTimersByTime(1_000);
    await tick();
    expect(screen.getByRole("log").textContent).toBe("Client #7: hi");
    await view.rerender({ passing: [] });
    expect(screen.getByRole("log").textContent).toBe("");
  });

  it("that was over before it could be told is not told", async () => {
    const one = message({ expires_at: new Date(NOW + 500).toISOString(), seq: 0 });
    const view = render(Announcer, { messages: [], passing: [], me: "me", head: 0 });
    await view.rerender({ passing: [one] });
    await view.rerender({ passing: [] });
    vi.advanceTimersByTime(1_000);
    await tick();
    expect(screen.getByRole("log").textContent).toBe("");
  });

  it("the beginning of its topic says that nothing stays", () => {
    render(Beginning, { title: "# whispers", direct: false, ttl: 300, empty: true });
    expect(screen.getByText(/disappears after 5 minutes/)).toBeTruthy();
    expect(screen.getByText("Nothing here right now.")).toBeTruthy();
  });
});

describe("a guest of an older chat system", () => {
  it.each(["plain", "pair", "topic", "activity", "fastchat"] as Via[])("is marked: %s", (via) => {
    show(row({ via, display_name: "Lena Vogt" }));
    expect(screen.getByText(`guest via ${via}`)).toBeTruthy();
    expect(screen.getByRole("article").getAttribute("aria-label")).toContain(`Lena Vogt (guest via ${via})`);
  });

  it("an empty text is said to be empty, also to a screen reader", () => {
    show(row({ content: "" }));
    expect(screen.getByTestId("message-text").textContent!.trim()).toBe("(empty message)");
    expect(screen.getByRole("article").getAttribute("aria-label")).toContain("(empty message)");
  });

  it("of a giant text only the start is drawn until somebody wants it all, and no sign is cut in two", async () => {
    show(row({ content: `${"x".repeat(16_383)}😀${"y".repeat(33_616)}` }));
    const text = screen.getByTestId("message-text");
    expect(text.textContent!.trim()).toBe("x".repeat(16_383));
    await fireEvent.click(screen.getByRole("button", { name: /Show all \(50.001 characters\)/ }));
    expect(text.textContent!.trim()).toHaveLength(50_001);
  });
});

describe("people who come and go, in words", () => {
  const happened = (...list: [Happening["kind"], string][]) =>
    happeningWords(list.map(([kind, name], id) => ({ id, kind, user_id: name, name, at: NOW, seq: 0, order: -1 })));
  it.each([
    [[["joined", "Ana"]], "Ana joined"],
    [[["joined", "Ana"], ["joined", "Bo"]], "Ana and Bo joined"], // prettier-ignore
    [[["joined", "Ana"], ["joined", "Bo"], ["joined", "Cy"]], "Ana, Bo and 1 other joined"], // prettier-ignore
    [[["left", "Ana"], ["left", "Bo"], ["left", "Cy"], ["left", "Di"]], "Ana, Bo and 2 others left"], // prettier-ignore
    [[["left", "Cy"], ["joined", "Ana"]], "Ana joined · Cy left"], // prettier-ignore
    [[["met", "Bo"]], "You met Bo"],
    [[["parted", "Bo"]], "Bo left the pair"],
    [[["ended", "Bo"]], "You left the pair"],
  ] as [[Happening["kind"], string][], string][])("%j", (list, words) => expect(happened(...list)).toBe(words));
});
