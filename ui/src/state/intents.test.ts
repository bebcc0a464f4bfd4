// @vitest-environment node
import { describe, expect, it } from "vitest";
import type { ChatKey } from "../chat";
import type { ClientFrame, PlatformEvent } from "../wire";
import * as intents from "./intents";
import type { Intent } from "./intents";
import type { AppState } from "./model";
import { BO, ROOM, after, chat, frame, history, inLobby, message, messages, msg, seqs } from "./world.fixture";

const LOBBY = "#lobby";
const open = (state: AppState, key: ChatKey = LOBBY) => intents.openChat(state, ROOM, key);
const offline: PlatformEvent = {
  type: "connection",
  room: ROOM,
  connection: { state: "waiting", reason: "host_gone", detail: "", retry_in_ms: 250 },
};

/** A host with `count` messages: answers pages until nothing is asked any more. */
function settle(intent: Intent, count: number): AppState {
  let { state } = intent;
  let frames: readonly ClientFrame[] = intent.frames;
  for (let round = 0; frames.length > 0; round += 1) {
    if (round > 50) throw new Error("it asks for ever");
    for (const asked of frames) {
      if (asked.type !== "HISTORY") continue;
      const { before, after: from, limit = 50 } = asked.data;
      const last = before === undefined ? count : before - 1;
      const first = from === undefined ? Math.max(1, last - limit + 1) : from + 1;
      const end = from === undefined ? last : Math.min(count, from + limit);
      const more = from === undefined ? first > 1 : end < count;
      const where = before !== undefined ? { before } : from !== undefined ? { after: from } : {};
      state = after(state, history(messages(first, end), more, where));
    }
    ({ state, frames } = intents.fill(state, ROOM, LOBBY));
  }
  return state;
}

describe("opening a chat", () => {
  it("asks for the newest page once", () => {
    const opened = open(inLobby(500, 500));
    expect(opened.frames).toEqual([{ type: "HISTORY", data: { topic: "lobby", limit: 100 } }]);
    expect(chat(opened.state).loading).toBe("latest");
    expect(intents.fill(opened.state, ROOM, LOBBY).frames).toEqual([]);
    expect(seqs(settle(opened, 500))[0]).toBe(401);
  });

  it("asks once where nothing was said: what disappears stands in no log", () => {
    const asked = open(inLobby());
    expect(asked.frames).toEqual([{ type: "HISTORY", data: { topic: "lobby", limit: 100 } }]);
    const answered = after(asked.state, history([], false));
    expect(intents.fill(answered, ROOM, LOBBY).frames).toEqual([]);
    expect(open(inLobby(), `@${BO}`).frames).toEqual([]);
  });

  it("places the divider at what I have read, and it stays while I read on", () => {
    const opened = settle(open(inLobby(20, 15)), 20);
    expect(chat(opened)).toMatchObject({ divider: 15, atEnd: false });
    const read = intents.markRead(opened, ROOM, LOBBY);
    expect(read.frames).toEqual([{ type: "MARK_READ", data: { topic: "lobby", seq: 20 } }]);
    expect(chat(read.state)).toMatchObject({ divider: 15, read: 20 });
    expect(chat(intents.closeChat(read.state, ROOM, LOBBY)).divider).toBeNull();
  });

  it("has no divider where I never read, and where all is read", () => {
    expect(chat(open(inLobby(20, 0)).state)).toMatchObject({ divider: null, atEnd: true });
    expect(chat(open(inLobby(20, 20)).state)).toMatchObject({ divider: null, atEnd: true });
  });

  it("opens around a divider far up, from both sides at once", () => {
    const opened = open(inLobby(100_000, 60_000));
    expect(opened.frames.map((one) => one.type === "HISTORY" && one.data)).toEqual([
      { topic: "lobby", before: 60_001, limit: 40 },
      { topic: "lobby", after: 60_000, limit: 100 },
    ]);
    const state = settle(opened, 100_000);
    expect(seqs(state)[0]).toBe(59_961);
    expect(seqs(state).at(-1)).toBe(60_100);
    expect(chat(state)).toMatchObject({ hasOlder: true, hasNewer: true, divider: 60_000 });
  });

  it("fills the window up to a divider that is near, also when messages came live before", () => {
    const state = settle(open(after(inLobby(200, 150), msg(message(201)))), 201);
    expect(seqs(state)[0]).toBeLessThan(150);
    expect(seqs(state).at(-1)).toBe(201);
    expect(seqs(state)).toHaveLength(201 - seqs(state)[0]! + 1);
  });

  it("joins a topic that I am not in", () => {
    const topics = [{ topic: "sports", epoch: "1.a", seq: 3, member_count: 1, read: 0 }];
    const state = after(inLobby(), frame({ type: "TOPICS", data: { topics, complete: false } }));
    expect(intents.openChat(state, ROOM, "#sports").frames).toEqual([
      { type: "JOIN_TOPIC", data: { topic: "sports" } },
    ]);
  });

  it("asks for nothing while the host is away, and for everything when it is back", () => {
    const away = open(after(inLobby(5, 5), offline));
    expect(away.frames).toEqual([]);
    expect(chat(away.state).loading).toBeNull();
    const back = {
      ...away.state,
      rooms: {
        ...away.state.rooms,
        [ROOM]: { ...away.state.rooms[ROOM]!, connection: inLobby().rooms[ROOM]!.connection },
      },
    };
    expect(intents.fill(back, ROOM, LOBBY).frames).toHaveLength(1);
  });
});

describe("reading", () => {
  const full = () => settle(open(inLobby(1_000, 1_000)), 1_000);

  it("loads older pages, one at a time", () => {
    const older = intents.loadOlder(full(), ROOM, LOBBY);
    expect(older.frames).toEqual([{ type: "HISTORY", data: { topic: "lobby", before: 901, limit: 100 } }]);
    expect(intents.loadOlder(older.state, ROOM, LOBBY).frames).toEqual([]);
  });

  it("jumps to the latest over whatever lies between", () => {
    const far = settle(open(inLobby(5_000, 100)), 5_000);
    const jump = intents.jumpToLatest(far, ROOM, LOBBY);
    expect(jump.frames).toEqual([{ type: "HISTORY", data: { topic: "lobby", limit: 100 } }]);
    const state = settle(jump, 5_000);
    expect(seqs(state).at(-1)).toBe(5_000);
    expect(chat(state)).toMatchObject({ atEnd: true, hasNewer: false });
  });

  it("marks as read only what is there to be seen, and only once", () => {
    const state = settle(open(inLobby(20, 15)), 20);
    const read = intents.markRead(state, ROOM, LOBBY);
    expect(intents.markRead(read.state, ROOM, LOBBY).frames).toEqual([]);
    expect(intents.markRead(after(state, offline), ROOM, LOBBY).frames).toEqual([]);
    const far = settle(open(inLobby(5_000, 100)), 5_000);
    expect(intents.markRead(far, ROOM, LOBBY).frames).toEqual([]);
  });

  it("a direct chat is asked for by its person", () => {
    const state = after(inLobby(), msg(message(9, { to: "11111111-1111-4111-8111-111111111111" })));
    const key = `@${BO}` as const;
    expect(intents.openChat(state, ROOM, key).frames).toEqual([
      { type: "HISTORY", data: { with: BO, before: 9, limit: 100 } },
    ]);
  });
});
