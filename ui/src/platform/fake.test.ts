import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { App } from "../state/app.svelte";
import { online } from "../state/people";
import { FakePlatform, sceneOf } from "./fake";
import type { Scene } from "./fake";
import { WORKSHOP } from "./fake/lists";

async function play(scene: Scene) {
  const app = new App(new FakePlatform(scene));
  await app.start();
  vi.advanceTimersByTime(1_000);
  return app;
}

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
});
afterEach(() => vi.useRealTimers());

describe("the demo world", () => {
  it("is chosen by the page's query, and only by a scene it knows", () => {
    expect(sceneOf("?fake=chat")).toBe("chat");
    expect(sceneOf("?fake=elsewhere")).toBeNull();
    expect(sceneOf("")).toBeNull();
  });

  it("shows a room with people, topics, direct chats, unread messages and a mention", async () => {
    const app = await play("chat");
    expect(online(app.room!)).toHaveLength(7);
    expect(app.room!.topics).toHaveLength(4);
    expect(app.room!.direct).toHaveLength(3);
    expect(app.rows.some((row) => row.type === "new")).toBe(true);
    expect(app.rows.some((row) => row.type === "message" && row.mention)).toBe(true);
    expect(app.chat!.typing).toHaveLength(1);
  });

  it("answers with a long history, page by page", async () => {
    const app = await play("chat");
    app.openChat(WORKSHOP, "#laser-cutter");
    vi.advanceTimersByTime(1_000);
    const before = app.chat!.messages[0]!.seq;
    app.loadOlder();
    vi.advanceTimersByTime(1_000);
    expect(app.chat!.messages[0]!.seq).toBe(before - 100);
  });

  it("takes what is said and shows it once, in its place", async () => {
    const app = await play("chat");
    app.sendText(WORKSHOP, "#lobby", "hello");
    const hellos = () =>
      app.rows.filter((row) => (row.type === "message" || row.type === "outbox") && row.message.content === "hello");
    expect(hellos().map((row) => row.type)).toEqual(["outbox"]);
    vi.advanceTimersByTime(1_000);
    expect(hellos().map((row) => row.type)).toEqual(["message"]);
  });

  it("lets a guest in by name", async () => {
    const app = await play("guest");
    expect(app.state.boot!.display_name).toBeUndefined();
    await app.setName("Visitor");
    vi.advanceTimersByTime(1_000);
    expect(app.chatKey).toBe("#lobby");
    expect(app.rows.length).toBeGreaterThan(10);
  });

  it("has messages that wait and that failed, which can be tried again and thrown away", async () => {
    const app = await play("busy");
    const [failed, queued] = app.chat!.outbox;
    expect([failed!.state, queued!.state]).toEqual(["failed", "queued"]);
    app.platform.retry(WORKSHOP, failed!.message_id);
    app.platform.discard(WORKSHOP, queued!.message_id);
    vi.advanceTimersByTime(1_000);
    expect(app.chat!.outbox).toEqual([]);
  });
});
