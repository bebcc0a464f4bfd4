import { describe, expect, it, vi } from "vitest";
import { atHome, freshly, inTheLobby, LOBBY, Recorder } from "./app.fixture";
import { App } from "./app.svelte";
import { ANA, BO, ROOM, boot, frame, hello, joined, message, messages, msg, online } from "./world.fixture";

freshly();

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
