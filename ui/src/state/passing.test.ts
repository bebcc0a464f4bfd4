// @vitest-environment node
import { describe, expect, it } from "vitest";
import type { Message } from "../wire";
import { expire } from "./apply";
import * as intents from "./intents";
import { nextExpiry } from "./passing";
import { rows } from "./rows";
import { mentions, unread } from "./unread";
import {
  ANA,
  BO,
  NOW,
  ROOM,
  after,
  chat,
  frame,
  hello,
  history,
  inLobby,
  joined,
  message,
  messages,
  msg,
  online,
  room,
  seqs,
} from "./world.fixture";

const LOBBY = "#lobby";
/** The fixture's hello tells this time, so that the host's clock and ours differ. */
const HOST_NOW = Date.parse("2026-01-01T00:00:00.000Z");

/** One that stands behind `seq` and disappears `life` seconds from now. */
const passing = (seq: number, order: number, more: Partial<Message> = {}, life = 30): Message => ({
  ...message(seq, { message_id: `p-${order}`, content: `passing ${order}`, minute: 0, ...more }),
  order,
  expires_at: new Date(HOST_NOW + life * 1_000).toISOString(),
});
const texts = (state: ReturnType<typeof inLobby>) =>
  rows(room(state), chat(state)).flatMap((row) => (row.type === "message" ? [row.message.content] : []));
const inTopic = () =>
  after(
    inLobby(),
    frame({
      type: "TOPIC_JOINED",
      data: { topic: "lobby", epoch: "1.a", seq: 0, members: [], member_count: 2, ttl: 30, guests: 3, read: 0 },
    }),
  );

describe("a message that disappears", () => {
  it("stands behind the message it names, among its like by their order, and moves no position", () => {
    const state = after(inLobby(2, 2), history(messages(1, 2), false), msg(passing(2, 8)), msg(passing(2, 7)));
    const later = after(state, msg(message(3)), msg(passing(1, 5)));
    expect(texts(later)).toEqual(["text 1", "passing 5", "text 2", "passing 7", "passing 8", "text 3"]);
    expect(seqs(later)).toEqual([1, 2, 3]);
    expect(chat(state).seq).toBe(2);
  });

  it("is there once, by author and id, however often it comes", () => {
    const twice = after(inLobby(), msg(passing(0, 1)), msg(passing(0, 1)), history([passing(0, 1)], false));
    expect(texts(twice)).toEqual(["passing 1"]);
    expect(texts(after(twice, msg(passing(0, 2, { message_id: "p-1", from: ANA }))))).toHaveLength(2);
  });

  it("is gone when its time is over by the host's clock, from the rows, the unread and the mentions", () => {
    const state = after(inLobby(1, 1), msg(passing(1, 1, { content: "@Ana psst" })), msg(passing(1, 2, {}, 60)));
    expect([unread(chat(state), ANA), mentions(chat(state), room(state))]).toEqual([2, 1]);
    expect(nextExpiry(state)).toBe(NOW + 30_000);
    expect(expire(state, NOW + 29_999)).toBe(state);
    const first = expire(state, NOW + 30_000);
    expect(texts(first)).toEqual(["passing 2"]);
    expect([unread(chat(first), ANA), mentions(chat(first), room(first))]).toEqual([1, 0]);
    expect(nextExpiry(first)).toBe(NOW + 60_000);
    expect(JSON.stringify(expire(first, NOW + 60_000))).not.toMatch(/psst|passing 2/);
  });

  it("that is over already when it comes, live or on a page, is not shown", () => {
    const over = passing(0, 1, {}, -1);
    expect(texts(after(inLobby(), msg(over), history([over], false)))).toEqual([]);
    const odd = { ...passing(0, 2), expires_at: "never" };
    expect(texts(after(inLobby(), msg(odd)))).toEqual([]);
  });

  it("waits for the message it stands behind where that is not loaded", () => {
    const state = after(
      inLobby(300, 300),
      history(messages(201, 300), true),
      msg(passing(100, 1)),
      msg(passing(300, 2)),
    );
    expect(texts(state)).not.toContain("passing 1");
    expect(texts(state).at(-1)).toBe("passing 2");
    const older = after(state, history([...messages(101, 200), passing(100, 1)], true, { before: 201 }));
    expect(texts(older)[0]).toBe("passing 1");
  });

  it("is new until it is seen, and the divider stands before the first that is", () => {
    const seen = intents.markRead(after(inLobby(1, 1), history([message(1)], false), msg(passing(1, 1))), ROOM, LOBBY);
    expect(seen.frames).toEqual([]);
    expect(unread(chat(seen.state), ANA)).toBe(0);
    const opened = intents.openChat(after(seen.state, msg(passing(1, 2)), msg(message(2))), ROOM, LOBBY).state;
    const kinds = rows(room(opened), chat(opened)).map((row) =>
      row.type === "message" ? row.message.content : row.type,
    );
    expect(kinds.filter((kind) => kind !== "day" && kind !== "start")).toEqual([
      "text 1",
      "passing 1",
      "new",
      "passing 2",
      "text 2",
    ]);
  });

  it("that I read in another window is not new here", () => {
    const state = after(inLobby(5, 3), msg(passing(3, 1)), msg(passing(5, 2)));
    const read = after(state, frame({ type: "READ", data: { topic: "lobby", user_id: ANA, seq: 5 } }));
    expect(chat(read).unseen.map((one) => one.order)).toEqual([2]);
  });

  it("my own is never new, ends my waiting entry, and is marked as sent only", () => {
    const entry = { message_id: "mine", topic: "lobby", content: "psst", written_at: "", state: "sent" as const };
    const waiting = after(inTopic(), { type: "outbox", room: ROOM, message: entry });
    const ack = frame({ type: "MSG_ACK", data: { message_id: "mine", epoch: "1.a", seq: 0, status: "sent" } });
    const acked = after(waiting, ack);
    expect(chat(acked).outbox).toHaveLength(1);
    const said = after(acked, msg(passing(0, 1, { from: ANA, message_id: "mine" })));
    expect([chat(said).outbox.length, unread(chat(said), ANA)]).toEqual([0, 0]);
    expect(rows(room(said), chat(said)).at(-1)).toMatchObject({ tick: "sent", until: NOW + 30_000 });
    const stored = after(inLobby(), msg(message(1, { from: ANA })));
    expect(rows(room(stored), chat(stored)).at(-1)).toMatchObject({ tick: "saved", until: null });
  });

  it("my own whose message never came goes when its time is over", () => {
    const entry = { message_id: "mine", topic: "lobby", content: "psst", written_at: "", state: "sent" as const };
    const ack = frame({ type: "MSG_ACK", data: { message_id: "mine", epoch: "1.a", seq: 0, status: "sent" } });
    const acked = after(inTopic(), { type: "outbox", room: ROOM, message: entry }, ack);
    expect(nextExpiry(acked)).toBe(NOW + 30_000);
    expect(chat(expire(acked, NOW + 30_000)).outbox).toEqual([]);
  });

  it("is forgotten with the life of the host that it was said in", () => {
    const state = after(inTopic(), msg(passing(0, 1)));
    expect(texts(after(state, hello))).toEqual(["passing 1"]);
    const restarted = structuredClone(hello) as typeof hello & { frame: { data: { epoch: string } } };
    restarted.frame.data.epoch = "2.b";
    const back = after(state, online, restarted);
    expect(texts(back)).toEqual([]);
    expect(chat(back).cut).toBe("replaced");
  });

  it("is forgotten with the topic that I leave", () => {
    const left = after(inTopic(), msg(passing(0, 1)), frame({ type: "TOPIC_LEFT", data: { topic: "lobby" } }));
    expect([chat(left).passing.length, unread(chat(left), ANA)]).toEqual([0, 0]);
  });

  it("that somebody wrote ends their typing", () => {
    const typing = frame({
      type: "TYPING",
      data: { user_id: BO, display_name: "Bo", topic: "lobby", is_typing: true },
    });
    expect(chat(after(inLobby(), typing, msg(passing(0, 1)))).typing).toEqual([]);
  });
});

describe("a topic made to disappear", () => {
  it("is known by its ttl, with its guests", () => {
    expect(chat(inTopic())).toMatchObject({ ttl: 30, guests: 3 });
    expect(chat(after(inTopic(), joined(0))).ttl).toBeNull();
  });

  it("is made with the ttl that was chosen, and entered again with the one that it had", () => {
    const list = [{ topic: "whispers", epoch: "1.a", seq: 0, member_count: 1, ttl: 300, read: 0 }];
    const state = after(inLobby(), frame({ type: "TOPICS", data: { topics: list, complete: false } }));
    expect(intents.openChat(state, ROOM, "#new", { ttl: 30 }).frames[0]).toEqual({
      type: "JOIN_TOPIC",
      data: { topic: "new", ttl: 30 },
    });
    expect(intents.openChat(state, ROOM, "#whispers").frames[0]).toEqual({
      type: "JOIN_TOPIC",
      data: { topic: "whispers", ttl: 300 },
    });
    expect(intents.openChat(state, ROOM, "#plain").frames[0]).toEqual({ type: "JOIN_TOPIC", data: { topic: "plain" } });
  });

  it("a first message that comes while the page is on its way is not lost by it", () => {
    const asked = intents.openChat(inLobby(), ROOM, LOBBY).state;
    const state = after(asked, msg(message(1)), history([passing(0, 1)], false));
    expect(texts(state)).toEqual(["passing 1", "text 1"]);
    expect(intents.fill(state, ROOM, LOBBY).frames).toEqual([]);
  });
});
