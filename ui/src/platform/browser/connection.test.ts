// @vitest-environment node
import { describe, expect, it } from "vitest";
import { ROOM, Stage, noLimits } from "./scripted.fixture";

const states = (stage: Stage) =>
  stage.events.flatMap((event) => (event.type === "connection" ? [event.connection] : []));

describe("a connection", () => {
  it("says HELLO first, and nothing before the host has welcomed it", () => {
    const stage = new Stage();
    stage.write("early");
    stage.session.connection.connect();
    stage.end.open();
    expect(stage.end.heard).toEqual([
      {
        type: "HELLO",
        data: { user_id: expect.any(String), token: "t".repeat(32), display_name: "Ana", client: "browser" },
      },
    ]);
    expect(stage.state).toBe("connecting");
  });

  it("joins its topics and asks for both lists after each hello", () => {
    const stage = new Stage();
    stage.topics = [{ topic: "lobby" }, { topic: "sports" }];
    stage.session.connection.connect();
    stage.welcome();
    expect(stage.end.heard.slice(1).map((frame) => frame.type)).toEqual([
      "JOIN_TOPIC",
      "JOIN_TOPIC",
      "LIST_TOPICS",
      "LIST_DIRECT",
    ]);
    expect(stage.state).toBe("online");
  });

  it("pings after 5 s of silence, lives on by any frame, and counts as dead without an answer after 12 s", () => {
    const stage = new Stage();
    stage.online();
    stage.clock.turn(5_000);
    expect(stage.end.all("PING")).toHaveLength(1);
    stage.live(1);
    stage.clock.turn(4_500);
    expect(stage.end.all("PING")).toHaveLength(1);
    stage.clock.turn(1_000);
    expect(stage.end.all("PING")).toHaveLength(2);
    const quiet = stage.end;
    stage.clock.turn(6_000);
    expect(quiet.ended).toBe(false);
    stage.clock.turn(2_000);
    expect(quiet.ended).toBe(true);
    expect(states(stage)).toContainEqual(expect.objectContaining({ state: "waiting", reason: "silent" }));
    // It was good until now, so the next try comes at once.
    expect(stage.ends).toHaveLength(2);
  });

  it("a page whose timers were asleep asks before it counts the host as dead", () => {
    const stage = new Stage();
    stage.online();
    const end = stage.end;
    // One late tick, as a browser gives to a page in the background.
    const clock = stage.clock as unknown as { now: () => number };
    const now = stage.clock.now();
    clock.now = () => now + 60_000;
    stage.clock.turn(1_000);
    expect(end.all("PING")).toHaveLength(1);
    expect(end.ended).toBe(false);
  });

  it("comes back with a backoff that grows from a quarter of a second to five seconds", () => {
    const stage = new Stage(() => 0.999);
    stage.session.connection.connect();
    const waits: number[] = [];
    for (let round = 0; round < 8; round += 1) {
      stage.end.close(1006);
      const last = states(stage).at(-1)!;
      if (last.state !== "waiting") throw new Error(`round ${round} is ${last.state}`);
      waits.push(last.retry_in_ms);
      stage.clock.turn(last.retry_in_ms - 1);
      expect(stage.ends).toHaveLength(round + 1);
      stage.clock.turn(1);
      expect(stage.ends).toHaveLength(round + 2);
    }
    expect(waits[0]).toBeGreaterThanOrEqual(250);
    expect(waits[0]).toBeLessThanOrEqual(500);
    expect(waits.slice(1).every((wait, index) => wait >= waits[index]!)).toBe(true);
    expect(waits.at(-1)).toBeGreaterThan(4_900);
    expect(waits.at(-1)).toBeLessThanOrEqual(5_000);
  });

  it("the wait has jitter, so that guests of a restarted host do not come all at once", () => {
    const wait = (chance: number) => {
      const stage = new Stage(() => chance);
      stage.online();
      stage.end.close(1001);
      const last = states(stage).at(-1)!;
      return last.state === "waiting" ? last.retry_in_ms : NaN;
    };
    expect(wait(0)).toBe(250);
    expect(wait(0.5)).toBe(375);
  });

  it("tries at once when the network or the page comes back", () => {
    const stage = new Stage();
    stage.online();
    stage.end.close(1006);
    expect(stage.ends).toHaveLength(1);
    stage.session.connection.wake();
    expect(stage.ends).toHaveLength(2);
    stage.welcome();
    stage.session.connection.wake();
    expect(stage.end.all("PING")).toHaveLength(1);
    expect(stage.ends).toHaveLength(2);
  });

  it("finds out within seconds that sleep has killed the connection", () => {
    const stage = new Stage();
    stage.online();
    stage.session.connection.wake();
    stage.clock.turn(4_000);
    expect(stage.ends).toHaveLength(2);
  });

  it("gives up a try that was made on the network before", () => {
    const stage = new Stage();
    stage.session.connection.connect();
    stage.clock.turn(500);
    stage.session.connection.wake();
    expect(stage.ends).toHaveLength(1);
    stage.clock.turn(2_000);
    stage.session.connection.wake();
    expect(stage.ends).toHaveLength(2);
    expect(stage.ends[0]!.ended).toBe(true);
  });

  it.each([
    [1001, "waiting"],
    [1006, "waiting"],
    [1008, "waiting"],
    [1009, "waiting"],
    [1011, "waiting"],
    [1012, "waiting"],
    [1013, "waiting"],
    [4008, "connecting"],
    [1000, "refused"],
    [4001, "refused"],
    [4003, "refused"],
    [4009, "refused"],
    [4999, "waiting"],
  ])("after close %i it is %s", (code, state) => {
    const stage = new Stage();
    stage.online();
    stage.end.close(code);
    expect(stage.state).toBe(state);
    stage.clock.turn(60_000);
    expect(stage.ends.length > 1).toBe(state !== "refused");
  });

  it("a busy host is asked later than one that starts again", () => {
    const stage = new Stage(() => 0.5);
    stage.online();
    stage.end.close(1013);
    const last = states(stage).at(-1)!;
    expect(last).toMatchObject({ state: "waiting", reason: "busy" });
    expect(last.state === "waiting" && last.retry_in_ms).toBeGreaterThan(2_000);
  });

  it("says that this device has no network, where it knows", () => {
    const stage = new Stage();
    stage.network = false;
    stage.session.connection.connect();
    stage.end.close(1006);
    expect(states(stage).at(-1)).toMatchObject({ state: "waiting", reason: "no_network" });
  });

  it("a refused identity ends it, with the host's words", () => {
    const stage = new Stage();
    stage.session.connection.connect();
    stage.end.open();
    stage.end.say({
      type: "ERROR",
      data: { code: "UNAUTHORIZED", message: "this id belongs to another", details: {} },
    });
    expect(states(stage).at(-1)).toEqual({
      state: "refused",
      reason: "identity",
      detail: "this id belongs to another",
    });
    stage.clock.turn(60_000);
    expect(stage.ends).toHaveLength(1);
  });

  it("another room at the same address is not taken for ours", () => {
    const stage = new Stage();
    stage.session.connection.connect();
    stage.end.open();
    stage.end.say({
      type: "HELLO_ACK",
      data: {
        user_id: "x",
        status: "connected",
        time: "2026-01-01T00:00:00.000Z",
        via: "browser",
        room: { ...ROOM, room_id: "other" },
        epoch: "1.a",
        limits: noLimits,
      },
    });
    expect(states(stage).at(-1)).toMatchObject({ state: "refused", reason: "not_landline" });
  });

  it("a host that never answers the HELLO is left after ten seconds", () => {
    const stage = new Stage();
    stage.session.connection.connect();
    stage.end.open();
    stage.clock.turn(10_000);
    expect(stage.ends[0]!.ended).toBe(true);
    expect(stage.state).toBe("waiting");
  });

  it("what is no frame is passed over", () => {
    const stage = new Stage();
    stage.online();
    for (const text of ["", "{", "7", "null", '{"type":"MSG"}', "[]"]) stage.end.raw(text);
    stage.live(1);
    expect(stage.seen()).toEqual([1]);
  });

  it("after leaving, nothing comes back by itself", () => {
    const stage = new Stage();
    stage.online();
    stage.session.connection.leave();
    expect(stage.end.ended).toBe(true);
    stage.session.connection.wake();
    stage.clock.turn(60_000);
    expect(stage.ends).toHaveLength(1);
    expect(stage.state).toBe("left");
  });

  it("a new name in the same session does not join or resume again", () => {
    const stage = new Stage();
    stage.online();
    const before = stage.end.heard.length;
    stage.session.send({ type: "HELLO", data: { user_id: "x", display_name: "Anna" } });
    stage.end.say({
      type: "HELLO_ACK",
      data: {
        user_id: "x",
        status: "connected",
        via: "browser",
        room: ROOM,
        epoch: "1.a",
        time: "2026-01-01T00:00:00.000Z",
        limits: noLimits,
      },
    });
    expect(stage.end.heard).toHaveLength(before + 1);
  });
});
