import { describe, expect, it } from "vitest";
import type { TopicKept } from "../wire";
import { rows } from "./rows";
import { unread } from "./unread";
import { ANA, after, chat, frame, history, inLobby, joined, message, messages, msg, room, seqs } from "./world.fixture";

const kept = (data: Omit<TopicKept, "topic">) => frame({ type: "TOPIC_KEPT", data: { topic: "lobby", ...data } });
const live = (from: number, to: number) => messages(from, to).map((one) => msg(one));

describe("how long messages are kept", () => {
  it("a rule is told, and taken back", () => {
    const month = after(inLobby(), kept({ keep: { days: 30 } }));
    expect(chat(month).keep).toEqual({ days: 30 });
    expect(chat(after(month, kept({}))).keep).toBeNull();
  });

  it("i06 what was removed leaves the screen, and its beginning says so instead of ending in silence", () => {
    const state = after(inLobby(), ...live(1, 6), kept({ keep: { messages: 2 }, oldest: 5 }));
    expect(seqs(state)).toEqual([5, 6]);
    expect(chat(state)).toMatchObject({ oldest: 5, hasOlder: false, seq: 6 });
    expect(rows(room(state), chat(state))[0]?.type).toBe("start");
  });

  it("all of it may go, and the talk goes on behind it", () => {
    const state = after(inLobby(), ...live(1, 3), kept({ oldest: 4 }));
    expect(chat(state)).toMatchObject({ messages: [], seq: 3, hasOlder: false });
    expect(seqs(after(state, msg(message(4))))).toEqual([4]);
    const opened = after(inLobby(3), history([], false), kept({ oldest: 4 }));
    expect(chat(opened).hasOlder).toBe(false);
  });

  it("what was removed is not unread", () => {
    const state = after(inLobby(10, 2), kept({ oldest: 8 }));
    expect(unread(chat(state), ANA)).toBe(3);
    expect(unread(chat(after(state, kept({ oldest: 11 }))), ANA)).toBe(0);
  });

  it("i06 who was away while history was cut is told why, and older pages end where it begins", () => {
    const page = { topic: "lobby", recovered: false, epoch: "1.a", seq: 9, more: false };
    const cut = frame({ type: "RESUMED", data: { ...page, oldest: 7, messages: messages(8, 9) } });
    const state = after(inLobby(), ...live(1, 3), cut);
    expect(chat(state)).toMatchObject({ cut: "removed", oldest: 7, hasOlder: true });
    const whole = after(
      state,
      frame({ type: "HISTORY", data: { topic: "lobby", before: 8, oldest: 7, messages: [message(7)], more: false } }),
    );
    expect(seqs(whole)).toEqual([7, 8, 9]);
    expect(chat(whole).hasOlder).toBe(false);
  });

  it("a topic that is joined begins where it says", () => {
    const event = joined(9);
    if (event.type === "frame" && event.frame.type === "TOPIC_JOINED") event.frame.data.oldest = 7;
    expect(chat(after(inLobby(), event)).oldest).toBe(7);
  });
});
