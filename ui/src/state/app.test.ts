import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Platform } from "../platform/platform";
import type { ClientFrame, PlatformEvent } from "../wire";
import { App } from "./app.svelte";
import {
  ANA,
  BO,
  NOW,
  ROOM,
  boot,
  frame,
  hello,
  history,
  joined,
  message,
  messages,
  msg,
  online,
  presence,
} from "./world.fixture";

/** A platform that does nothing but remember what was asked of it. */
class Recorder implements Platform {
  capabilities = { discover: true, host: true, tray: true, notifications: true, keepsOutbox: true };
  readonly sent: ClientFrame[] = [];
  readonly notices: { room: string; topic?: string; with?: string; title: string; body: string }[] = [];
  readonly badges: number[] = [];
  #onEvent: (event: PlatformEvent) => void = () => {};
  /** Events that come before the boot has been answered. */
  early: PlatformEvent[] = [];

  start(onEvent: (event: PlatformEvent) => void) {
    this.#onEvent = onEvent;
    this.early.forEach(onEvent);
    return Promise.resolve(boot);
  }
  tell(...events: PlatformEvent[]): void {
    events.forEach((event) => this.#onEvent(event));
  }
  take(type: ClientFrame["type"]): ClientFrame[] {
    const taken = this.sent.filter((one) => one.type === type);
    this.sent.splice(0, this.sent.length, ...this.sent.filter((one) => one.type !== type));
    return taken;
  }
  send = (_room: string, one: ClientFrame) => void this.sent.push(one);
  notify = (notice: (typeof this.notices)[number]) => void this.notices.push(notice);
  badge = (count: number) => void this.badges.push(count);
  setName = () => Promise.resolve();
  saveSettings = () => Promise.resolve();
  join = () => Promise.resolve(ROOM);
  leave = () => Promise.resolve();
  forget = () => Promise.resolve();
  host = () => Promise.resolve(ROOM);
  changeHosting = () => Promise.resolve();
  stopHosting = () => Promise.resolve();
  keep = () => Promise.resolve();
  backUp = () => Promise.resolve("");
  save = () => Promise.resolve(null);
  reconnect = () => {};
  retry = () => {};
  discard = () => {};
  copy = () => Promise.resolve();
  openLink = () => {};
}

const LOBBY = "#lobby";

/** Ana's app, online in the room, whose lobby has `seq` messages that she has read up to `read`. */
async function atHome(seq = 0, read = 0, change: (platform: Recorder) => void = () => {}) {
  const platform = new Recorder();
  change(platform);
  const app = new App(platform);
  await app.start();
  platform.tell(online, hello, presence, joined(seq, read));
  vi.advanceTimersByTime(2_000);
  return { app, platform };
}

async function inTheLobby(seq = 0, read = seq) {
  const home = await atHome(seq, read);
  home.app.openChat(ROOM, LOBBY);
  if (seq > 0) home.platform.tell(history(messages(1, seq), false));
  vi.advanceTimersByTime(2_000);
  home.platform.sent.length = 0;
  return home;
}

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  localStorage.clear();
});
afterEach(() => vi.useRealTimers());

describe("the app", () => {
  it("is about the person of the boot, also in what came before it", async () => {
    const platform = new Recorder();
    platform.early = [{ type: "connection", room: ROOM, connection: { state: "connecting" } }];
    const app = new App(platform);
    await app.start();
    vi.advanceTimersByTime(20);
    expect(app.state.rooms[ROOM]!.me).toBe(ANA);
  });

  it("says why it could not start", async () => {
    const platform = new Recorder();
    platform.start = () => Promise.reject(new Error("the profile is locked"));
    const app = new App(platform);
    await app.start();
    expect(app.fault).toBe("the profile is locked");
    expect(app.started).toBe(false);
  });

  it("brings a guest into the only room, and there into the lobby", async () => {
    const { app } = await atHome(
      0,
      0,
      (platform) => (platform.capabilities = { ...platform.capabilities, discover: false }),
    );
    expect([app.roomId, app.chatKey]).toEqual([ROOM, LOBBY]);
  });

  it("a member who was in the room before comes back to the chat of the last time", async () => {
    const first = await inTheLobby();
    first.platform.tell(joined(0, 0, "sports"));
    first.app.openChat(ROOM, "#sports");
    const platform = new Recorder();
    const app = new App(platform);
    await app.start();
    platform.tell(online, hello);
    app.openRoom(ROOM);
    platform.tell(joined(0));
    expect(app.chatKey).toBeNull();
    platform.tell(joined(0, 0, "sports"));
    expect(app.chatKey).toBe("#sports");
  });

  it("opens the lobby when the chat of the last time is gone", async () => {
    localStorage.setItem("landline.places", JSON.stringify({ [ROOM]: "#closed" }));
    const platform = new Recorder();
    const app = new App(platform);
    await app.start();
    platform.tell({ type: "connection", room: ROOM, connection: { state: "connecting" } });
    app.openRoom(ROOM);
    platform.tell(online, hello, joined(0));
    expect(app.chatKey).toBeNull();
    platform.tell(frame({ type: "DIRECT", data: { chats: [], complete: true } }));
    expect(app.chatKey).toBe(LOBBY);
  });

  it("a click on a notification opens its chat", async () => {
    const { app, platform } = await atHome();
    platform.tell({ type: "show", room: ROOM, with: BO });
    expect([app.roomId, app.chatKey]).toEqual([ROOM, `@${BO}`]);
  });

  it("draws a burst of messages once a frame, and loses none of them", async () => {
    const { app, platform } = await inTheLobby();
    vi.advanceTimersByTime(100);
    platform.tell(msg(message(1)));
    expect(app.chat!.messages).toHaveLength(1);
    platform.tell(...messages(2, 100).map(msg));
    expect(app.chat!.messages).toHaveLength(1);
    vi.advanceTimersByTime(16);
    expect(app.chat!.messages).toHaveLength(100);
    expect(app.rows.filter((row) => row.type === "message")).toHaveLength(100);
  });
});

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

describe("meeting somebody", () => {
  const paired = frame({ type: "PAIR", data: { state: "paired", with: BO, display_name: "Bo Berg" } });

  it("leads to the chat with them, where I asked for it", async () => {
    const { app, platform } = await inTheLobby();
    platform.tell(paired);
    expect(app.chatKey).toBe(LOBBY);
    app.meet(ROOM);
    expect(platform.take("FIND_PAIR")).toHaveLength(1);
    platform.tell(frame({ type: "PAIR", data: { state: "waiting" } }), paired);
    expect(app.chatKey).toBe(`@${BO}`);
  });

  it("does not take away from under the fingers of one who writes", async () => {
    const { app, platform } = await inTheLobby();
    app.meet(ROOM);
    app.setDraft(ROOM, LOBBY, "in the middle of");
    platform.tell(paired);
    expect(app.chatKey).toBe(LOBBY);
  });

  it("is told of where the window is behind, and waits on over a break", async () => {
    const { app, platform } = await inTheLobby();
    app.meet(ROOM);
    platform.take("FIND_PAIR");
    platform.tell(online, hello);
    expect(platform.take("FIND_PAIR")).toHaveLength(1);
    app.setFocused(false);
    platform.tell(paired);
    expect(platform.notices).toMatchObject([{ room: ROOM, with: BO, title: "You met Bo Berg" }]);
    platform.tell(online, hello);
    expect(platform.take("FIND_PAIR")).toEqual([]);
  });
});

describe("who comes and goes", () => {
  it("is not shown where the setting says no", async () => {
    const { app, platform } = await inTheLobby();
    const joined = [{ user_id: "44444444-4444-4444-8444-444444444444", display_name: "Di" }];
    platform.tell(frame({ type: "TOPIC_MEMBERS", data: { topic: "lobby", joined, left: [], member_count: 3 } }));
    vi.advanceTimersByTime(20);
    expect(app.rows.some((row) => row.type === "happening")).toBe(true);
    await app.saveSettings({ ...boot.settings, show_comings: false });
    expect(app.rows.some((row) => row.type === "happening")).toBe(false);
    expect([app.unread, platform.notices.length]).toEqual([0, 0]);
  });
});

describe("writing", () => {
  it("sends to the chat, forgets the draft and follows the end; nothing but spaces is nothing", async () => {
    const { app, platform } = await inTheLobby();
    app.setDraft(ROOM, LOBBY, "hello");
    app.atEnd(false);
    expect(app.sendText(ROOM, LOBBY, " \n ")).toBe(false);
    expect(app.draft(ROOM, LOBBY)).toBe("hello");
    expect(app.sendText(ROOM, LOBBY, "hello")).toBe(true);
    expect(platform.take("MSG")).toEqual([{ type: "MSG", data: { topic: "lobby", content: "hello" } }]);
    expect(app.draft(ROOM, LOBBY)).toBe("");
    expect(app.chat!.atEnd).toBe(true);
  });

  it("keeps a draft for each chat, also over a reload", async () => {
    const { app } = await inTheLobby();
    app.setDraft(ROOM, LOBBY, "half a thought");
    app.setDraft(ROOM, `@${BO}`, "another");
    const again = await atHome();
    expect(again.app.draft(ROOM, LOBBY)).toBe("half a thought");
    expect(again.app.draft(ROOM, `@${BO}`)).toBe("another");
  });

  it("tells that I type, that I stopped, and neither where the setting says no", async () => {
    const { app, platform } = await inTheLobby();
    const told = () => platform.take("TYPING").map((one) => one.type === "TYPING" && one.data.is_typing);
    app.typing(true);
    app.typing(true);
    expect(told()).toEqual([true]);
    vi.advanceTimersByTime(6_000);
    expect(told()).toEqual([false]);
    app.typing(true);
    app.openChat(ROOM, `@${BO}`);
    expect(platform.take("TYPING")).toMatchObject([
      { data: { topic: "lobby", is_typing: true } },
      { data: { topic: "lobby", is_typing: false } },
    ]);
    await app.saveSettings({ ...boot.settings, send_typing: false });
    app.typing(true);
    expect(told()).toEqual([]);
  });

  it("who types is gone five seconds later", async () => {
    const { app, platform } = await inTheLobby();
    platform.tell(
      frame({ type: "TYPING", data: { user_id: BO, display_name: "Bo Berg", topic: "lobby", is_typing: true } }),
    );
    vi.advanceTimersByTime(20);
    expect(app.chat!.typing).toHaveLength(1);
    vi.advanceTimersByTime(5_100);
    expect(app.chat!.typing).toEqual([]);
  });

  it("a topic that the host will not make is gone from the screen, with a word why", async () => {
    const { app, platform } = await inTheLobby();
    app.joinTopic(ROOM, "no spaces, please");
    const details = { field: "topic" };
    platform.tell(frame({ type: "ERROR", data: { code: "VALIDATION", message: "letters and digits", details } }));
    vi.advanceTimersByTime(20);
    expect(app.chatKey).toBeNull();
    expect(app.room!.topics).toEqual([LOBBY]);
    expect(app.room!.notices.map((notice) => notice.code)).toEqual(["VALIDATION"]);
  });

  it("a topic's name is written in lower case", async () => {
    const { app, platform } = await inTheLobby();
    app.joinTopic(ROOM, " Sports ");
    expect(platform.take("JOIN_TOPIC")).toEqual([{ type: "JOIN_TOPIC", data: { topic: "sports" } }]);
    expect(app.chatKey).toBe("#sports");
  });
});
