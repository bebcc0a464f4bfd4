import { describe, expect, it, vi } from "vitest";
import { atHome, freshly, inTheLobby, LOBBY } from "./app.fixture";
import { ANA, BO, NOW, ROOM, boot, frame, hello, joined, message, messages, msg, online } from "./world.fixture";

freshly();

describe("reading", () => {
  it("marks as read what comes while I look, at most once a second, the newest at the end", async () => {
    const { platform } = await inTheLobby();
    for (let seq = 1; seq <= 10; seq += 1) {
      platform.tell(msg(message(seq)));
      vi.advanceTimersByTime(100);
    }
    vi.advanceTimersByTime(2_000);
    const marks = platform.take("MARK_READ").map((one) => one.type === "MARK_READ" && one.data.seq);
    expect(marks).toEqual([1, 10]);
    expect(platform.badges.at(-1)).toBe(0);
  });

  it("marks nothing while the window is behind another, and all when it comes to the front", async () => {
    const { app, platform } = await inTheLobby();
    app.setFocused(false);
    platform.tell(msg(message(1)), msg(message(2)));
    vi.advanceTimersByTime(5_000);
    expect(platform.take("MARK_READ")).toEqual([]);
    expect(platform.badges.at(-1)).toBe(2);
    app.setFocused(true);
    expect(platform.take("MARK_READ")).toMatchObject([{ data: { topic: "lobby", seq: 2 } }]);
  });

  it("tells what was read before the window goes out of sight", async () => {
    const { app, platform } = await inTheLobby();
    platform.tell(msg(message(1)), msg(message(2)), msg(message(3)));
    app.setFocused(false);
    const marks = platform.take("MARK_READ").map((one) => one.type === "MARK_READ" && one.data.seq);
    expect(marks).toEqual([1, 3]);
    vi.advanceTimersByTime(5_000);
    expect(platform.take("MARK_READ")).toEqual([]);
  });

  it("marks nothing while the end is out of sight", async () => {
    const { app, platform } = await inTheLobby();
    app.atEnd(false);
    platform.tell(msg(message(1)));
    expect(platform.take("MARK_READ")).toEqual([]);
    app.atEnd(true);
    expect(platform.take("MARK_READ")).toHaveLength(1);
  });

  it("repeats a mark that was lost in a break", async () => {
    const { platform } = await inTheLobby(5);
    platform.tell(online, hello, joined(5, 3));
    expect(platform.take("MARK_READ")).toMatchObject([{ data: { topic: "lobby", seq: 5 } }]);
  });

  it("a refused question is not asked again and again", async () => {
    const { app, platform } = await atHome(50, 50);
    app.openChat(ROOM, LOBBY);
    expect(platform.take("HISTORY")).toHaveLength(1);
    platform.tell(frame({ type: "ERROR", data: { code: "INTERNAL", message: "no", details: { topic: "lobby" } } }));
    vi.advanceTimersByTime(5_000);
    expect(platform.take("HISTORY")).toEqual([]);
  });

  it("what a break interrupted is asked for again when it is over", async () => {
    const { app, platform } = await atHome(50, 50);
    app.openChat(ROOM, LOBBY);
    platform.take("HISTORY");
    platform.tell(
      { type: "connection", room: ROOM, connection: { state: "connecting" } },
      online,
      hello,
      joined(50, 50),
    );
    expect(platform.take("HISTORY")).toHaveLength(1);
  });
});

describe("notices", () => {
  it("tell of a message in another chat, or while the window is behind, and never of the chat in focus", async () => {
    const { app, platform } = await inTheLobby();
    platform.tell(msg(message(1)));
    expect(platform.notices).toEqual([]);
    platform.tell(msg(message(1, { to: ANA, content: "psst" })));
    expect(platform.notices).toMatchObject([{ room: ROOM, with: BO, title: "Bo Berg", body: "psst" }]);
    app.setFocused(false);
    vi.advanceTimersByTime(1_000);
    platform.tell(msg(message(2, { content: "anybody?" })));
    expect(platform.notices[1]).toMatchObject({ topic: "lobby", body: "anybody?" });
    expect(platform.notices[1]!.title).toContain("#lobby");
  });

  it("after a break there is one for all that was missed", async () => {
    const { app, platform } = await inTheLobby();
    app.setFocused(false);
    platform.tell(joined(0, 0, "sports"), online, hello, joined(40), joined(10, 0, "sports"));
    platform.tell(...messages(1, 40).map(msg));
    platform.tell(...messages(1, 10).map((one) => msg({ ...one, topic: "sports" })));
    vi.advanceTimersByTime(10_000);
    expect(platform.notices).toHaveLength(1);
    expect(platform.notices[0]!.body).toContain("50");
  });

  it("are silent when they were turned off", async () => {
    const { app, platform } = await atHome();
    await app.saveSettings({ ...boot.settings, notifications: false });
    platform.tell(msg(message(1)));
    vi.advanceTimersByTime(10_000);
    expect(platform.notices).toEqual([]);
  });
});

/** One that disappears `seconds` from now, by the clock that the fixture's hello tells. */
const passing = (order: number, seconds: number, content = `passing ${order}`) => ({
  ...message(0, { message_id: `p-${order}`, content }),
  order,
  expires_at: new Date(Date.parse("2026-01-01T00:00:00.000Z") + seconds * 1_000).toISOString(),
});

describe("what disappears", () => {
  it("goes by itself at its time, from the rows and from what is unread, each at its own", async () => {
    const { app, platform } = await atHome();
    platform.tell(msg(passing(1, 30)), msg(passing(2, 10)));
    vi.advanceTimersByTime(20);
    expect(app.unread).toBe(2);
    // Two seconds went by since the hello.
    vi.advanceTimersByTime(7_970);
    expect(app.unread).toBe(2);
    vi.advanceTimersByTime(30);
    expect(app.unread).toBe(1);
    app.openChat(ROOM, LOBBY);
    expect(app.rows.filter((row) => row.type === "message")).toHaveLength(1);
    vi.advanceTimersByTime(20_000);
    expect(app.rows.filter((row) => row.type === "message")).toHaveLength(0);
    expect(platform.badges.at(-1)).toBe(0);
  });

  it("goes at once when a window that slept comes back", async () => {
    const { app, platform } = await inTheLobby();
    platform.tell(msg(passing(1, 30)));
    vi.advanceTimersByTime(20);
    app.setFocused(false);
    vi.setSystemTime(NOW + 60_000);
    app.setFocused(true);
    vi.advanceTimersByTime(20);
    expect(app.rows.filter((row) => row.type === "message")).toHaveLength(0);
  });

  it("is told of without its text, and not at all when it is over before its turn", async () => {
    const { app, platform } = await inTheLobby();
    app.setFocused(false);
    platform.tell(msg(passing(1, 30, "the code is 4711")));
    expect(platform.notices).toMatchObject([{ topic: "lobby", body: "A message that disappears" }]);
    platform.tell(msg(passing(2, 3, "and the other 4712")));
    vi.advanceTimersByTime(10_000);
    expect(platform.notices).toHaveLength(1);
  });
});
