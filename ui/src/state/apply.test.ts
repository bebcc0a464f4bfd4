// @vitest-environment node
import { describe, expect, it } from "vitest";
import type { PlatformEvent, ServerFrame } from "../wire";
import { apply, expire } from "./apply";
import { emptyState } from "./model";
import * as people from "./people";
import { roomTitle, chatTitle } from "./title";
import {
  ANA,
  BO,
  CY,
  NOW,
  ROOM,
  after,
  boot,
  chat,
  frame,
  hello,
  history,
  inLobby,
  joined,
  message,
  msg,
  online,
  presence,
  room,
} from "./world.fixture";

describe("apply", () => {
  it("makes a room from the first word about it", () => {
    const state = after(
      { ...emptyState, boot },
      { type: "connection", room: ROOM, connection: { state: "connecting" } },
    );
    expect(room(state)).toMatchObject({ id: ROOM, me: ANA, connection: { state: "connecting" } });
  });

  it("never fails, whatever a host sends first", () => {
    const frames: ServerFrame[] = [
      { type: "PONG", data: { timestamp: "2026-11-20T12:00:00Z" } },
      { type: "MSG", data: message(7) },
      { type: "MSG", data: { ...message(8), topic: undefined as never } },
      { type: "MSG_ACK", data: { message_id: "nobody's", epoch: "1.a", seq: 3, status: "stored" } },
      { type: "HISTORY", data: { messages: [], more: false } },
      { type: "HISTORY", data: { topic: "new", messages: [message(1, { topic: "new" })], more: true } },
      { type: "RESUMED", data: { topic: "other", recovered: false, epoch: "2.b", seq: 0, messages: [], more: false } },
      { type: "READ", data: { topic: "third", user_id: ANA, seq: 9 } },
      { type: "TYPING", data: { user_id: CY, display_name: "Cy", topic: "fourth", is_typing: true } },
      { type: "TOPIC_LEFT", data: { topic: "never-joined" } },
      { type: "TOPIC_MEMBERS", data: { topic: "fifth", joined: [], left: [CY], member_count: 1 } },
      { type: "MEMBERS", data: { topic: "sixth", members: [{ user_id: CY, display_name: "Cy" }], more: false } },
      { type: "ERROR", data: { code: "INTERNAL", message: "?", details: { topic: "nowhere" } } },
      { type: "SOMETHING_NEW", data: {} } as never,
    ];
    const state = after({ ...emptyState, boot }, ...frames.map(frame), { type: "of tomorrow" } as never);
    expect(Object.keys(room(state).chats).sort()).toEqual(
      ["#fifth", "#fourth", "#lobby", "#new", "#other", "#sixth", "#third"].sort(),
    );
    expect(chat(state, "#lobby").messages.map((one) => one.seq)).toEqual([7]);
  });

  it("changes nothing but what the event is about", () => {
    const before = after(inLobby(), joined(0, 0, "sports"));
    const next = apply(before, msg(message(1)), NOW);
    expect(chat(next, "#sports")).toBe(chat(before, "#sports"));
    expect(room(next).people).toBe(room(before).people);
    expect(next.known).toBe(before.known);
  });

  it("a message by a stranger makes the stranger known, but not present", () => {
    const state = after(inLobby(), msg(message(1, { from: CY, via: "script" })));
    expect(room(state).people[CY]).toMatchObject({ display_name: "Cy", online: false, via: "script" });
  });

  it("keeps those who left, as gone", () => {
    const gone: ServerFrame = {
      type: "PRESENCE",
      data: { users: [{ user_id: BO, display_name: "Bo Berg", online: false, via: "app" }], complete: false },
    };
    const state = after(inLobby(), frame(gone));
    expect(people.online(room(state)).map((person) => person.display_name)).toEqual(["Ana"]);
    expect(chatTitle(room(state), `@${BO}`)).toBe("Bo Berg");
  });

  it("a complete list forgets who was here, and its further frames add to it", () => {
    const someone = (user_id: string, complete: boolean) =>
      frame({
        type: "PRESENCE",
        data: { users: [{ user_id, display_name: "X", online: true, via: "app" }], complete },
      });
    const state = after(inLobby(), someone(ANA, true), someone(CY, false));
    expect(
      people
        .online(room(state))
        .map((person) => person.user_id)
        .sort(),
    ).toEqual([ANA, CY]);
  });

  it("a lost connection leaves nobody present, no typing, and nothing loading", () => {
    const typing = frame({
      type: "TYPING",
      data: { user_id: BO, display_name: "Bo Berg", topic: "lobby", is_typing: true },
    });
    const waiting: PlatformEvent = {
      type: "connection",
      room: ROOM,
      connection: { state: "waiting", reason: "host_gone", detail: "", retry_in_ms: 250 },
    };
    const state = after(inLobby(), typing, waiting);
    expect(people.online(room(state))).toEqual([]);
    expect(chat(state).typing).toEqual([]);
    expect(after(state, online, hello, presence, joined(0)).rooms[ROOM]!.people[BO]!.online).toBe(true);
  });

  it("typing is shown until it stops, the message comes, or five seconds passed", () => {
    const typing = (is_typing: boolean) =>
      frame({ type: "TYPING", data: { user_id: BO, display_name: "Bo Berg", topic: "lobby", is_typing } });
    const typed = after(inLobby(), typing(true), typing(true));
    expect(chat(typed).typing).toHaveLength(1);
    expect(chat(after(typed, typing(false))).typing).toEqual([]);
    expect(chat(after(typed, msg(message(1)))).typing).toEqual([]);
    expect(chat(after(typed, msg(message(1, { from: CY })))).typing).toHaveLength(1);
    expect(chat(after(typed, history([message(1)], false))).typing).toHaveLength(1);
    expect(expire(typed, NOW + 4_999)).toBe(typed);
    expect(chat(expire(typed, NOW + 5_001)).typing).toEqual([]);
  });

  it("typing in a direct chat is the other's, and my own is not shown", () => {
    const direct = frame({ type: "TYPING", data: { user_id: BO, display_name: "Bo Berg", to: ANA, is_typing: true } });
    const mine = frame({
      type: "TYPING",
      data: { user_id: ANA, display_name: "Ana", topic: "lobby", is_typing: true },
    });
    const state = after(inLobby(), direct, mine);
    expect(chat(state, `@${BO}`).typing).toHaveLength(1);
    expect(chat(state).typing).toEqual([]);
  });

  it("direct chats are ordered by their newest message", () => {
    const chats = [
      { with: BO, display_name: "Bo Berg", epoch: "1.a", seq: 3, read: 3 },
      { with: CY, display_name: "Cy", epoch: "1.a", seq: 1, read: 0 },
    ];
    const listed = after(inLobby(), frame({ type: "DIRECT", data: { chats, complete: true } }));
    expect(room(listed).direct).toEqual([`@${BO}`, `@${CY}`]);
    const said = after(listed, msg(message(2, { from: CY, to: ANA })));
    expect(room(said).direct).toEqual([`@${CY}`, `@${BO}`]);
    expect(chat(said, `@${CY}`).messages).toHaveLength(1);
  });

  it("what I say to somebody is in the chat with them", () => {
    const state = after(inLobby(), msg(message(1, { from: ANA, to: CY })));
    expect(chat(state, `@${CY}`).messages).toHaveLength(1);
  });

  it("topics that the host no longer has go, unless something of mine waits in them", () => {
    const info = (topic: string) => ({ topic, epoch: "1.a", seq: 2, member_count: 1, read: 0 });
    const topics = (names: string[], complete: boolean) =>
      frame({ type: "TOPICS", data: { topics: names.map(info), complete } });
    const outbox: PlatformEvent = {
      type: "outbox",
      room: ROOM,
      message: { message_id: "o1", topic: "old", content: "x", written_at: "2026-11-20T12:00:00Z", state: "queued" },
    };
    const state = after(inLobby(), topics(["lobby", "old", "gone"], true), outbox, topics(["lobby", "new"], true));
    expect(room(state).topics).toEqual(["#lobby", "#new", "#old"]);
    expect(chat(after(state, topics(["later"], false)), "#later").joined).toBe(false);
    expect(room(state).chats["#gone"]).toBeUndefined();
  });

  it("members come and go", () => {
    const change = frame({
      type: "TOPIC_MEMBERS",
      data: { topic: "lobby", joined: [{ user_id: CY, display_name: "Cy" }], left: [BO], member_count: 2 },
    });
    const page = frame({
      type: "MEMBERS",
      data: {
        topic: "lobby",
        members: [
          { user_id: CY, display_name: "Cy" },
          { user_id: BO, display_name: "Bo Berg" },
        ],
        more: false,
      },
    });
    const state = after(inLobby(), change);
    expect(chat(state)).toMatchObject({ members: [ANA, CY], memberCount: 2 });
    expect(chat(after(state, page)).members).toEqual([ANA, CY, BO]);
  });

  it("refusals are kept for the person, the last few, each kind once; those of a message stay with the message", () => {
    const error = (code: "LIMIT_REACHED" | "BUSY" | "READ_ONLY", details = {}) =>
      frame({ type: "ERROR", data: { code, message: "no", details } });
    const state = after(inLobby(), error("LIMIT_REACHED"), error("BUSY", { message_id: "m" }), error("LIMIT_REACHED"));
    expect(room(state).notices.map((notice) => notice.code)).toEqual(["LIMIT_REACHED"]);
    const full = after(state, error("READ_ONLY", { message_id: "m" }));
    expect(room(full).notices.map((notice) => notice.code)).toEqual(["LIMIT_REACHED", "READ_ONLY"]);
  });

  it("a room that was left stays while it is known, and goes when it is forgotten", () => {
    const left: PlatformEvent = { type: "connection", room: ROOM, connection: { state: "left" } };
    const known = {
      room_id: ROOM,
      name: "Workshop",
      address: "a",
      last_seen: "2026-11-20T12:00:00Z",
      joined: false,
      hosted: false,
    };
    const state = after(inLobby(), { type: "rooms", rooms: [known] }, left);
    expect(state.rooms[ROOM]).toBeDefined();
    expect(after(state, { type: "rooms", rooms: [known] }).rooms[ROOM]).toBeDefined();
    expect(after(state, { type: "rooms", rooms: [] }).rooms[ROOM]).toBeUndefined();
  });

  it("a room is called as its host, its announcement or our memory calls it", () => {
    const renamed = frame({ type: "ROOM", data: { room_id: ROOM, name: "Workshop 2", access: "open" } });
    expect(roomTitle(after(inLobby(), renamed), ROOM)).toBe("Workshop 2");
    expect(roomTitle(emptyState, "0123456789")).toBe("01234567");
  });

  it("knows namesakes", () => {
    const state = after(inLobby(), msg(message(1, { from: CY, display_name: "bo berg" })));
    expect(people.hasNamesake(room(state), CY)).toBe(true);
    expect(people.hasNamesake(room(state), ANA)).toBe(false);
  });
});
