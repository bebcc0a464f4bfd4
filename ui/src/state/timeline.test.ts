// @vitest-environment node
import { describe, expect, it } from "vitest";
import { WINDOW_MAX } from "./model";
import type { AppState } from "./model";
import { setAtEnd } from "./intents";
import {
  ANA,
  BO,
  ROOM,
  after,
  chat,
  frame,
  history,
  inLobby,
  joined,
  message,
  messages,
  msg,
  seqs,
} from "./world.fixture";

const live = (state: AppState, from: number, to: number) => after(state, ...messages(from, to).map(msg));

describe("the window on a log", () => {
  it("takes live messages in order, each once", () => {
    const state = after(inLobby(), msg(message(1)), msg(message(2)), msg(message(2)), msg(message(1)));
    expect(seqs(state)).toEqual([1, 2]);
    expect(chat(state)).toMatchObject({ seq: 2, hasOlder: false, hasNewer: false });
  });

  it("begins with what came live, and knows that there is more before it", () => {
    const state = live(inLobby(40), 41, 42);
    expect(seqs(state)).toEqual([41, 42]);
    expect(chat(state)).toMatchObject({ hasOlder: true, hasNewer: false });
  });

  it("never shows a hole: what does not follow is left to be loaded", () => {
    const state = live(live(inLobby(), 1, 3), 6, 7);
    expect(seqs(state)).toEqual([1, 2, 3]);
    expect(chat(state)).toMatchObject({ seq: 7, hasNewer: true });
    const filled = after(state, history(messages(4, 7), false, { after: 3 }));
    expect(seqs(filled)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(chat(filled).hasNewer).toBe(false);
  });

  it("joins pages on both sides, and passes over one that comes too late", () => {
    const middle = after(inLobby(100), history(messages(51, 60), true));
    // The newest page, as the host saw it then; more came since.
    const state = after(
      middle,
      history(messages(41, 50), true, { before: 51 }),
      history(messages(41, 50), true, { before: 51 }),
    );
    expect(seqs(state)[0]).toBe(41);
    expect(seqs(state)).toHaveLength(20);
    const newer = after(state, history(messages(61, 70), true, { after: 60 }));
    expect(seqs(newer)).toHaveLength(30);
    expect(chat(newer)).toMatchObject({ hasOlder: true, hasNewer: true });
    expect(seqs(after(newer, history(messages(1, 5), false, { before: 6 })))).toHaveLength(30);
  });

  it("the beginning of the log is known when the host says so", () => {
    const state = after(inLobby(20), history(messages(11, 20), true), history(messages(8, 10), false, { before: 11 }));
    expect(chat(state).hasOlder).toBe(false);
    expect(chat(after(state, msg(message(21)))).hasOlder).toBe(false);
  });

  it("an empty newest page means an empty log, so it is not asked for again", () => {
    expect(chat(after(inLobby(5), history([], false)))).toMatchObject({ seq: 0, hasOlder: false, hasNewer: false });
  });

  it("a page that overlaps with live messages doubles none", () => {
    const state = after(live(inLobby(9), 10, 12), history(messages(3, 11), true));
    expect(seqs(state)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  it("stays within its length, dropping the oldest while the end is read", () => {
    const state = live(inLobby(), 1, WINDOW_MAX + 1);
    expect(seqs(state).length).toBeLessThanOrEqual(WINDOW_MAX);
    expect(seqs(state).at(-1)).toBe(WINDOW_MAX + 1);
    expect(chat(state)).toMatchObject({ hasOlder: true, hasNewer: false });
  });

  it("does not move what is read: far up, new messages wait beyond the window", () => {
    const full = live(inLobby(), 1, WINDOW_MAX);
    const reading = setAtEnd(full, ROOM, "#lobby", false);
    const state = live(reading, WINDOW_MAX + 1, WINDOW_MAX + 3);
    expect(chat(state).messages).toBe(chat(reading).messages);
    expect(chat(state)).toMatchObject({ seq: WINDOW_MAX + 3, hasNewer: true });
  });

  it("loading older drops the newest beyond the length, loading newer the oldest", () => {
    const full = after(inLobby(3_000), history(messages(2_001, 3_000), true));
    const older = after(full, history(messages(1_901, 2_000), true, { before: 2_001 }));
    expect(seqs(older)).toHaveLength(WINDOW_MAX);
    expect(seqs(older)[0]).toBe(1_901);
    expect(chat(older).hasNewer).toBe(true);
    const newer = after(older, history(messages(2_901, 3_000), false, { after: 2_900 }));
    expect(seqs(newer).at(-1)).toBe(3_000);
    expect(seqs(newer)).toHaveLength(WINDOW_MAX);
    expect(chat(newer)).toMatchObject({ hasOlder: true, hasNewer: false });
  });

  it("an appended message leaves the others the same objects", () => {
    const before = live(inLobby(), 1, 50);
    const next = live(before, 51, 51);
    expect(
      chat(next)
        .messages.slice(0, 50)
        .every((one, index) => one === chat(before).messages[index]),
    ).toBe(true);
  });

  it("a log that is gone is replaced, and the person is told", () => {
    const gone = frame({
      type: "RESUMED",
      data: { topic: "lobby", recovered: false, epoch: "9.z", seq: 2, messages: [message(1), message(2)], more: false },
    });
    const state = after(live(inLobby(0), 1, 30), gone);
    expect(seqs(state)).toEqual([1, 2]);
    expect(chat(state)).toMatchObject({ epoch: "9.z", seq: 2, cut: "replaced", hasNewer: false });
    expect(chat(state).read).toBeLessThanOrEqual(2);
  });

  it("after a break the head rises first and the missed messages follow", () => {
    const state = after(live(inLobby(), 1, 3), joined(6));
    expect(chat(state).hasNewer).toBe(true);
    const caught = live(state, 4, 6);
    expect(seqs(caught)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(chat(caught).hasNewer).toBe(false);
  });

  it("my own message does not count as unread, nor does it hide what is", () => {
    expect(chat(after(inLobby(), msg(message(1, { from: ANA })))).read).toBe(1);
    expect(chat(after(inLobby(), msg(message(1, { from: BO })), msg(message(2, { from: ANA })))).read).toBe(0);
  });
});
