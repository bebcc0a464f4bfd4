// @vitest-environment node
import { describe, expect, it } from "vitest";
import { CHAT_PAUSE_MS, GATHER_MS, Notices, isWorthy } from "./notify";
import { ANA, BO, ROOM, after, frame, inLobby, message, msg, room } from "./world.fixture";

describe("isWorthy", () => {
  const state = after(inLobby(5, 5), msg(message(6)));
  const here = room(state);

  it("of another, unread, and not where I look", () => {
    expect(isWorthy(here, "#lobby", message(6), null)).toBe(true);
    expect(isWorthy(here, "#lobby", message(6), { room: ROOM, key: "#sports" })).toBe(true);
    expect(isWorthy(here, "#lobby", message(6), { room: ROOM, key: "#lobby" })).toBe(false);
    expect(isWorthy(here, "#lobby", message(6), { room: "another", key: "#lobby" })).toBe(true);
  });

  it("not my own, not what I read elsewhere, not of a topic that I am not in", () => {
    expect(isWorthy(here, "#lobby", message(6, { from: ANA }), null)).toBe(false);
    expect(isWorthy(here, "#lobby", message(5), null)).toBe(false);
    const left = after(state, frame({ type: "TOPIC_LEFT", data: { topic: "lobby" } }));
    expect(isWorthy(room(left), "#lobby", message(6), null)).toBe(false);
  });
});

describe("notices", () => {
  it("one at once, and then one for all that came in the pause", () => {
    const notices = new Notices();
    notices.add(ROOM, "#lobby", message(1), 0);
    expect(notices.due(0)).toMatchObject([{ key: "#lobby", count: 1 }]);
    notices.add(ROOM, "#lobby", message(2), 100);
    notices.add(ROOM, "#lobby", message(3), 200);
    expect(notices.due(200)).toEqual([]);
    expect(notices.next()).toBe(CHAT_PAUSE_MS);
    expect(notices.due(CHAT_PAUSE_MS)).toMatchObject([{ count: 2, last: { seq: 3 } }]);
    expect(notices.next()).toBeNull();
  });

  it("each chat for itself", () => {
    const notices = new Notices();
    notices.add(ROOM, "#lobby", message(1), 0);
    notices.add(ROOM, `@${BO}`, message(1), 0);
    expect(notices.due(0)).toHaveLength(2);
  });

  it("after a reconnect one summary, when the missed messages have all come", () => {
    const notices = new Notices();
    notices.gather(ROOM, 0);
    for (let seq = 1; seq <= 50; seq += 1) notices.add(ROOM, seq % 2 ? "#lobby" : "#sports", message(seq), seq * 10);
    expect(notices.due(500)).toEqual([]);
    expect(notices.next()).toBe(500 + GATHER_MS);
    expect(notices.due(500 + GATHER_MS)).toMatchObject([{ room: ROOM, key: null, count: 50 }]);
    notices.add(ROOM, "#lobby", message(51), 5_000);
    expect(notices.due(5_000)).toMatchObject([{ key: "#lobby", count: 1 }]);
  });

  it("missed messages of one chat are told as that chat's", () => {
    const notices = new Notices();
    notices.gather(ROOM, 0);
    notices.add(ROOM, "#lobby", message(1), 10);
    notices.add(ROOM, "#lobby", message(2), 20);
    expect(notices.due(20 + GATHER_MS)).toMatchObject([{ key: "#lobby", count: 2 }]);
  });

  it("nothing of a chat that was looked at meanwhile", () => {
    const notices = new Notices();
    notices.gather(ROOM, 0);
    notices.add(ROOM, "#lobby", message(1), 10);
    notices.seen(ROOM, "#lobby");
    expect(notices.due(10_000)).toEqual([]);
  });
});
