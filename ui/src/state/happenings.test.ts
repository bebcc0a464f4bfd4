// @vitest-environment node
import { describe, expect, it } from "vitest";
import type { Pair, TopicMembers } from "../wire";
import { apply } from "./apply";
import { FLAP_MS } from "./happenings";
import type { AppState } from "./model";
import { rows } from "./rows";
import { unread } from "./unread";
import { ANA, BO, CY, NOW, after, chat, frame, history, inLobby, joined, message, msg, room } from "./world.fixture";

const change = (coming: string[], going: string[]): TopicMembers => ({
  topic: "lobby",
  joined: coming.map((user_id) => ({ user_id, display_name: user_id === CY ? "Cy" : "Bo Berg" })),
  left: going,
  member_count: 2,
});
const come = (state: AppState, coming: string[], going: string[] = [], at = NOW) =>
  apply(state, frame({ type: "TOPIC_MEMBERS", data: change(coming, going) }), at);
const pair = (state: AppState, data: Pair) => apply(state, frame({ type: "PAIR", data }), NOW);
const told = (state: AppState, key: "#lobby" | `@${string}` = "#lobby") =>
  chat(state, key).happenings.map((one) => `${one.kind} ${one.name}`);

describe("people who come and go", () => {
  it("are told while I am there, behind what was said, and are never unread", () => {
    const state = come(after(inLobby(1, 1), history([message(1)], false)), [CY]);
    const gone = come(after(state, msg(message(2))), [], [BO], NOW + 5);
    const kinds = rows(room(gone), chat(gone)).map((row) => (row.type === "message" ? row.message.seq : row.type));
    expect(kinds).toEqual(["start", "day", 1, "happening", 2, "happening"]);
    expect(told(gone)).toEqual(["joined Cy", "left Bo Berg"]);
    expect(unread(chat(gone), ANA)).toBe(1);
  });

  it("one after the other are one row, and one that can be left out", () => {
    const state = come(come(inLobby(), [CY]), [], [BO]);
    const list = rows(room(state), chat(state));
    expect(list.filter((row) => row.type === "happening")).toHaveLength(1);
    expect(rows(room(state), chat(state), { comings: false }).some((row) => row.type === "happening")).toBe(false);
  });

  it("not myself, not who is here already, and nobody whose name was never told", () => {
    expect(told(come(inLobby(), [ANA, BO], [ANA, "99999999-9999-4999-8999-999999999999"]))).toEqual([]);
  });

  it("who leaves and is back within a minute did neither", () => {
    const left = come(inLobby(), [], [BO]);
    expect(told(come(left, [BO], [], NOW + FLAP_MS - 1))).toEqual([]);
    expect(told(come(left, [BO], [], NOW + FLAP_MS))).toEqual(["left Bo Berg", "joined Bo Berg"]);
    expect(told(come(come(inLobby(), [CY]), [], [CY], NOW + 1_000))).toEqual([]);
  });

  it("who was here before my own break did not come when it is over", () => {
    const alone = frame({
      type: "TOPIC_JOINED",
      data: { topic: "lobby", epoch: "2.b", seq: 0, members: [], member_count: 1, read: 0 },
    });
    const back = after(inLobby(), alone);
    expect(told(come(back, [BO, CY]))).toEqual(["joined Cy"]);
    expect(told(come(back, [BO], [], NOW + FLAP_MS))).toEqual(["joined Bo Berg"]);
  });

  it("who came before I did are not told", () => {
    expect(told(after(inLobby(), joined(0)))).toEqual([]);
  });

  it("interrupt the block of one author", () => {
    const state = come(after(inLobby(), msg(message(1))), [CY]);
    const later = after(state, msg(message(2)));
    const first = rows(room(later), chat(later)).flatMap((row) => (row.type === "message" ? [row.first] : []));
    expect(first).toEqual([true, true]);
  });
});

describe("meeting somebody", () => {
  const met: Pair = { state: "paired", with: CY, display_name: "Cy" };

  it("waits, meets, and tells in the chat of the two when it was and when the other left", () => {
    const waiting = pair(inLobby(), { state: "waiting" });
    expect(room(waiting).pair).toEqual({ state: "waiting" });
    const paired = pair(waiting, met);
    expect(room(paired).pair).toEqual({ state: "paired", with: CY, name: "Cy" });
    expect(room(paired).people[CY]?.display_name).toBe("Cy");
    const left = pair(paired, { ...met, state: "left" });
    expect(room(left).pair.state).toBe("left");
    expect(told(left, `@${CY}`)).toEqual(["met Cy", "parted Cy"]);
  });

  it("is left, or changed for somebody else", () => {
    const paired = pair(inLobby(), met);
    const off = pair(paired, { state: "off" });
    expect([room(off).pair.state, told(off, `@${CY}`)]).toEqual(["off", ["met Cy", "ended Cy"]]);
    const other = pair(pair(paired, { state: "waiting" }), { state: "paired", with: BO, display_name: "Bo Berg" });
    expect(told(other, `@${CY}`)).toEqual(["met Cy", "ended Cy"]);
    expect(told(other, `@${BO}`)).toEqual(["met Bo Berg"]);
  });

  it("ends with my connection", () => {
    const gone = after(pair(inLobby(), met), {
      type: "connection",
      room: room(inLobby()).id,
      connection: { state: "waiting", reason: "host_gone", detail: "", retry_in_ms: 250 },
    });
    expect([room(gone).pair.state, told(gone, `@${CY}`)]).toEqual(["off", ["met Cy", "cut_off Cy"]]);
  });
});
