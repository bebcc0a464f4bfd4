// @vitest-environment node
import { describe, expect, it } from "vitest";
import { mentions, namesMe, roomUnread, totalUnread, unread } from "./unread";
import { ANA, BO, after, chat, frame, inLobby, joined, message, msg, room } from "./world.fixture";

describe("unread", () => {
  it("counts what others said since I read, loaded or not", () => {
    const state = after(inLobby(10, 7), msg(message(11)), msg(message(12, { from: ANA })), msg(message(13)));
    expect(unread(chat(state), ANA)).toBe(5);
  });

  it("a topic that I am not in has none", () => {
    const topics = [{ topic: "far", epoch: "1.a", seq: 500, member_count: 3, read: 0 }];
    const state = after(inLobby(), frame({ type: "TOPICS", data: { topics, complete: false } }));
    expect(unread(chat(state, "#far"), ANA)).toBe(0);
  });

  it("another window of mine reads for me, and read marks only rise", () => {
    const read = (seq: number, user_id = ANA) => frame({ type: "READ", data: { topic: "lobby", user_id, seq } });
    const state = after(inLobby(10, 2), read(8));
    expect(unread(chat(state), ANA)).toBe(2);
    expect(chat(after(state, read(3))).read).toBe(8);
    expect(chat(after(state, read(10, BO))).read).toBe(8);
  });

  it("mentions are those that name me; in a direct chat everything concerns me", () => {
    const state = after(
      inLobby(0, 0),
      msg(message(1, { content: "hi @Ana" })),
      msg(message(2, { content: "hi all" })),
      msg(message(1, { to: ANA, content: "psst" })),
    );
    expect(mentions(chat(state), room(state))).toBe(1);
    expect(mentions(chat(state, `@${BO}`), room(state))).toBe(1);
    expect(roomUnread(room(state))).toBe(3);
    expect(totalUnread(state)).toBe(3);
  });

  it("a break does not make read messages unread again", () => {
    const state = after(inLobby(10, 10), joined(10, 7));
    expect(unread(chat(state), ANA)).toBe(0);
  });
});

describe("namesMe", () => {
  it.each([
    ["@Ana", true],
    ["hello @ana, hello", true],
    ["(@ANA)", true],
    ["@anab and @ana", true],
    ["@anabel", false],
    ["@ana_b", false],
    ["@anaé", false],
    ["Ana", false],
    ["", false],
  ])("%s: %s", (text, expected) => expect(namesMe(text, "Ana")).toBe(expected));

  it("takes names of more than one word, and none at all", () => {
    expect(namesMe("@Bo Berg?", "Bo Berg")).toBe(true);
    expect(namesMe("@Bo", "Bo Berg")).toBe(false);
    expect(namesMe("@ x", "")).toBe(false);
  });
});
