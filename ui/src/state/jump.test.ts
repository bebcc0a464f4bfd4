// @vitest-environment node
import { describe, expect, it } from "vitest";
import { fill, jumpTo, jumpToLatest, openChat, setAtEnd } from "./intents";
import type { Intent } from "./intents";
import type { AppState, Goal } from "./model";
import { rows } from "./rows";
import {
  NOW,
  ROOM,
  after,
  chat,
  frame,
  history,
  inLobby,
  message,
  messages,
  msg,
  online,
  room,
  seqs,
} from "./world.fixture";

const LOBBY = "#lobby";
const at = (seq: number) => NOW + seq * 60_000;
const go = (state: AppState, goal: Goal) => jumpTo(state, ROOM, LOBBY, goal);
const asked = ({ frames }: Intent) => frames.map(({ type, data }) => (type === "HISTORY" ? data : type));
/** What the host answers to HISTORY with `around` or `at`. */
const page = (from: number, to: number, more: boolean, place: { around?: number; at?: string }) =>
  frame({ type: "HISTORY", data: { topic: "lobby", ...place, messages: messages(from, to), more } });

/** At the end of a log of 1,000. */
const atEnd = () => after(inLobby(1_000, 1_000), history(messages(901, 1_000), true));

describe("going to a place", () => {
  it("in the window: nothing is asked, and the view is told where", () => {
    const intent = go(atEnd(), { seq: 950 });
    expect(intent.frames).toEqual([]);
    expect(chat(intent.state)).toMatchObject({ landed: { seq: 950, missed: false }, seeking: null, atEnd: false });
    const again = go(intent.state, { seq: 950 });
    expect(chat(again.state).landed!.id).not.toBe(chat(intent.state).landed!.id);
  });

  it("elsewhere: a page around it becomes the window, which is not live and says so", () => {
    const intent = go(atEnd(), { seq: 400 });
    expect(asked(intent)).toEqual([{ topic: "lobby", around: 400, limit: 100 }]);
    const there = after(intent.state, page(350, 449, true, { around: 400 }));
    expect(seqs(there)).toEqual(messages(350, 449).map((one) => one.seq));
    expect(chat(there)).toMatchObject({
      landed: { seq: 400, missed: false },
      hasOlder: true,
      hasNewer: true,
      seeking: null,
    });
    const live = after(there, msg(message(1_001)));
    expect(chat(live).messages).toBe(chat(there).messages);
    expect(chat(live).seq).toBe(1_001);
    // Nothing more is asked by itself; both sides come when they are looked at.
    expect(fill(live, ROOM, LOBBY).frames).toEqual([]);
  });

  it("to a moment: the first message of it or after it", () => {
    const intent = go(atEnd(), { at: at(400) - 1 });
    expect(asked(intent)).toEqual([{ topic: "lobby", at: new Date(at(400) - 1).toISOString(), limit: 100 }]);
    const there = after(intent.state, page(350, 449, true, { at: new Date(at(400) - 1).toISOString() }));
    expect(chat(there).landed).toMatchObject({ seq: 400, missed: false });
    // A moment within the window is found in it, one before its first message may lie further up.
    expect(asked(go(there, { at: at(420) }))).toEqual([]);
    expect(asked(go(there, { at: at(350) }))).toHaveLength(1);
  });

  it("past the end it is the newest message, and that is said", () => {
    const intent = go(atEnd(), { at: at(5_000) });
    expect(intent.frames).toEqual([]);
    expect(chat(intent.state).landed).toMatchObject({ seq: 1_000, missed: true });
  });

  it("what is no longer kept is not passed over in silence: the nearest is shown, and that it is another", () => {
    const { state } = go(atEnd(), { seq: 40 });
    const there = after(state, page(300, 399, true, { around: 40 }));
    expect(chat(there).landed).toMatchObject({ seq: 300, missed: true });
  });

  it("an answer to an earlier wish changes nothing, and the later one is asked for then", () => {
    const first = go(atEnd(), { seq: 400 });
    const second = go(first.state, { seq: 200 });
    expect(second.frames).toEqual([]);
    const late = after(second.state, page(350, 449, true, { around: 400 }));
    expect(seqs(late)[0]).toBe(901);
    expect(asked(fill(late, ROOM, LOBBY))).toEqual([{ topic: "lobby", around: 200, limit: 100 }]);
  });

  it("wished for while the room is away, it is asked for on return; refused, it is not asked for again", () => {
    const gone = after(atEnd(), { type: "connection", room: ROOM, connection: { state: "connecting" } });
    const wish = go(gone, { seq: 400 });
    expect(wish.frames).toEqual([]);
    const back = after(wish.state, online);
    const ask = fill(back, ROOM, LOBBY);
    expect(asked(ask)).toHaveLength(1);
    const refused = after(ask.state, frame({ type: "ERROR", data: { code: "INTERNAL", message: "", details: {} } }));
    expect(fill(refused, ROOM, LOBBY).frames).toEqual([]);
  });

  it("a chat can be opened at a place, whatever is new elsewhere", () => {
    const intent = openChat(inLobby(1_000, 900), ROOM, LOBBY, { goal: { seq: 400 } });
    expect(asked(intent)).toEqual([{ topic: "lobby", around: 400, limit: 100 }]);
    const there = after(intent.state, page(350, 449, true, { around: 400 }));
    expect(fill(there, ROOM, LOBBY).frames).toEqual([]);
    const kinds = (state: AppState) => rows(room(state), chat(state)).map((row) => row.type);
    expect(kinds(there)).not.toContain("new");
    // Beyond the place where the new messages begin the line does not stand before whatever is first in the window.
    const beyond = after(go(there, { seq: 960 }).state, page(930, 1_000, false, { around: 960 }));
    expect(kinds(beyond)).not.toContain("new");
    const before = after(go(beyond, { seq: 901 }).state, page(851, 950, true, { around: 901 }));
    expect(kinds(before).filter((kind) => kind === "new")).toHaveLength(1);
  });
});

describe("going back to the end", () => {
  const away = () => after(go(atEnd(), { seq: 400 }).state, page(350, 449, true, { around: 400 }));

  it("from afar the newest page replaces the window, and it is live again", () => {
    const intent = jumpToLatest(away(), ROOM, LOBBY);
    expect(asked(intent)).toEqual([{ topic: "lobby", limit: 100 }]);
    const end = after(intent.state, history(messages(901, 1_000), true), msg(message(1_001)));
    expect(seqs(end).at(-1)).toBe(1_001);
    expect(chat(end)).toMatchObject({ hasNewer: false, seeking: null, atEnd: true });
    expect(chat(end).landed).toMatchObject({ seq: null });
  });

  it("from near the page between joins what is read", () => {
    const near = after(go(atEnd(), { seq: 880 }).state, page(851, 950, true, { around: 880 }));
    const intent = jumpToLatest(near, ROOM, LOBBY);
    expect(asked(intent)).toEqual([{ topic: "lobby", after: 950, limit: 100 }]);
    const end = after(intent.state, history(messages(951, 1_000), false, { after: 950 }));
    expect(chat(end)).toMatchObject({ seeking: null, hasNewer: false });
    expect(fill(end, ROOM, LOBBY).frames).toEqual([]);
  });

  it("it is wished for also while another page is on its way", () => {
    const busy = setAtEnd(go(away(), { seq: 10 }).state, ROOM, LOBBY, false);
    const wish = jumpToLatest(busy, ROOM, LOBBY);
    expect(wish.frames).toEqual([]);
    const late = after(wish.state, page(1, 60, true, { around: 10 }));
    expect(asked(fill(late, ROOM, LOBBY))).toEqual([{ topic: "lobby", limit: 100 }]);
  });

  it("a log of which nothing is kept shows what its newest page says", () => {
    const empty = after(go(away(), { seq: 10 }).state, page(1, 0, false, { around: 10 }));
    expect(chat(empty).seeking).toBe("latest");
    expect(chat(after(fill(empty, ROOM, LOBBY).state, history([], false))).seeking).toBeNull();
  });
});
