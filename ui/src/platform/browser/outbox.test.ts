// @vitest-environment node
import { describe, expect, it } from "vitest";
import type { Code } from "../../wire";
import { ME, Stage, message, noLimits } from "./scripted.fixture";

const ids = (stage: Stage) => stage.end.all("MSG").map((draft) => draft.message_id!);

function acknowledge(stage: Stage, messageId: string, seq: number): void {
  stage.end.say({ type: "MSG_ACK", data: { message_id: messageId, epoch: "1.a", seq, status: "stored" } });
}

function refuse(stage: Stage, code: Code, messageId: string, more: object = {}): void {
  stage.end.say({ type: "ERROR", data: { code, message: "no", details: { message_id: messageId, ...more } } });
}

describe("the outbox", () => {
  it("shows a message at once, sends it when the host is there, and forgets it at its acknowledgement", () => {
    const stage = new Stage();
    stage.write("one");
    expect(stage.outbox()).toEqual({ one: "queued" });
    stage.online();
    expect(stage.outbox()).toEqual({ one: "sent" });
    acknowledge(stage, ids(stage)[0]!, 1);
    expect(stage.outbox()).toEqual({});
  });

  it("gives each message an id that sorts by time", () => {
    const stage = new Stage();
    stage.online();
    for (let count = 0; count < 50; count += 1) stage.write(`text ${count}`);
    const given = ids(stage);
    expect(given[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set(given).size).toBe(50);
    expect(given).toEqual(given.toSorted());
  });

  it("after a break sends everything unanswered again, in order, with the same ids", () => {
    const stage = new Stage();
    stage.online();
    for (const text of ["one", "two", "three"]) stage.write(text);
    const before = ids(stage);
    acknowledge(stage, before[0]!, 1);
    stage.end.close(1006);
    expect(stage.outbox()).toEqual({ two: "queued", three: "queued" });
    stage.write("four");
    stage.clock.turn(5_000);
    stage.welcome();
    expect(stage.end.texts()).toEqual(["two", "three", "four"]);
    expect(ids(stage).slice(0, 2)).toEqual(before.slice(1));
  });

  it("my message that comes back is as good as its acknowledgement", () => {
    const stage = new Stage();
    stage.online();
    stage.write("one");
    stage.end.say({ type: "MSG", data: message(1, "one", { from: ME, message_id: ids(stage)[0]! }) });
    expect(stage.outbox()).toEqual({});
    expect(stage.seen()).toEqual([1]);
  });

  it("keeps its pace below the host's limits", () => {
    const stage = new Stage();
    stage.online(0, { ...noLimits, messages_burst: 10, messages_per_second: 2 });
    for (let count = 0; count < 20; count += 1) stage.write(`text ${count}`);
    expect(stage.end.texts()).toHaveLength(9);
    const sent = [9];
    for (let second = 0; second < 6; second += 1) {
      stage.clock.turn(1_000);
      stage.end.say({ type: "PONG", data: { timestamp: "2026-11-20T12:00:00Z" } });
      sent.push(stage.end.texts().length);
    }
    for (const [second, count] of sent.entries()) expect(count).toBeLessThanOrEqual(10 + 2 * second);
    expect(sent.at(-1)).toBe(20);
    expect(stage.end.texts()).toEqual(Array.from({ length: 20 }, (_, index) => `text ${index}`));
  });

  it("a new session does not make a new burst", () => {
    const stage = new Stage();
    const limits = { ...noLimits, messages_burst: 10, messages_per_second: 2 };
    stage.online(0, limits);
    for (let count = 0; count < 9; count += 1) stage.write(`text ${count}`);
    for (const id of ids(stage)) acknowledge(stage, id, 1);
    stage.end.close(4008);
    stage.welcome(limits);
    stage.write("late");
    expect(stage.end.texts()).toEqual([]);
    stage.clock.turn(1_000);
    expect(stage.end.texts()).toEqual(["late"]);
  });

  it("has no more in flight than the host allows", () => {
    const stage = new Stage();
    stage.online(0, { ...noLimits, in_flight: 2 });
    for (const text of ["one", "two", "three"]) stage.write(text);
    expect(stage.end.texts()).toEqual(["one", "two"]);
    acknowledge(stage, ids(stage)[0]!, 1);
    expect(stage.end.texts()).toEqual(["one", "two", "three"]);
  });

  it("when the host says too fast, waits and sends again from where it says, in order", () => {
    const stage = new Stage();
    stage.online();
    for (const text of ["one", "two", "three"]) stage.write(text);
    const [one, two, three] = ids(stage) as [string, string, string];
    acknowledge(stage, one, 1);
    refuse(stage, "RATE_LIMITED", two, { retry_after_ms: 500, retry_from: two });
    refuse(stage, "RATE_LIMITED", three, { retry_after_ms: 500, retry_from: two });
    stage.write("four");
    expect(stage.outbox()).toEqual({ two: "queued", three: "queued", four: "queued" });
    stage.clock.turn(499);
    expect(stage.end.texts()).toHaveLength(3);
    stage.clock.turn(1);
    expect(stage.end.texts().slice(3)).toEqual(["two", "three", "four"]);
    expect(ids(stage).slice(3, 5)).toEqual([two, three]);
  });

  it("a refusal that arrives after we sent again neither loses a message nor breaks the order", () => {
    const stage = new Stage();
    stage.online();
    stage.write("one");
    stage.write("two");
    const [one, two] = ids(stage) as [string, string];
    refuse(stage, "RATE_LIMITED", one, { retry_after_ms: 100, retry_from: one });
    stage.clock.turn(100);
    acknowledge(stage, one, 1);
    refuse(stage, "RATE_LIMITED", two, { retry_after_ms: 100, retry_from: one });
    stage.clock.turn(100);
    expect(stage.end.texts()).toEqual(["one", "two", "one", "two", "two"]);
    expect(stage.ends).toHaveLength(1);
  });

  it.each<Code>(["BUSY", "READ_ONLY", "INTERNAL"])("%s is no failure: the message waits and is sent again", (code) => {
    const stage = new Stage();
    stage.online();
    stage.write("one");
    refuse(stage, code, ids(stage)[0]!);
    expect(stage.outbox()).toEqual({ one: "queued" });
    stage.clock.turn(2_000);
    expect(stage.end.texts()).toEqual(["one", "one"]);
  });

  it("a guest of an older chat system who has left: it fails by its code, and is sent again when the person wants", () => {
    const stage = new Stage();
    stage.online();
    stage.write("one");
    const [id] = ids(stage);
    refuse(stage, "NOT_HERE", id!);
    expect(stage.session.outbox.all()).toMatchObject([{ state: "failed", error: "NOT_HERE" }]);
    stage.session.retry(id!);
    expect(ids(stage)).toEqual([id, id]);
  });

  it.each<Code>(["VALIDATION", "MESSAGE_CONFLICT", "NOT_IN_TOPIC", "USER_NOT_FOUND", "LIMIT_REACHED"])(
    "%s is a failure that the person sees, and those behind it go on",
    (code) => {
      const stage = new Stage();
      stage.online(0, { ...noLimits, in_flight: 1 });
      stage.write("bad");
      stage.write("good");
      refuse(stage, code, ids(stage)[0]!);
      expect(stage.outbox()).toEqual({ bad: "failed", good: "sent" });
    },
  );

  it("a failed message is sent again on demand, behind those that overtook it", () => {
    const stage = new Stage();
    stage.online(0, { ...noLimits, in_flight: 1 });
    stage.write("bad");
    const bad = ids(stage)[0]!;
    refuse(stage, "NOT_IN_TOPIC", bad);
    stage.write("good");
    stage.session.retry(bad);
    expect(stage.end.all("JOIN_TOPIC").at(-1)).toEqual({ topic: "lobby" });
    acknowledge(stage, ids(stage)[1]!, 1);
    expect(stage.end.texts()).toEqual(["bad", "good", "bad"]);
    expect(ids(stage)[2]).toBe(bad);
  });

  it("a message whose id is taken gets a new one", () => {
    const stage = new Stage();
    stage.online();
    stage.write("one");
    const id = ids(stage)[0]!;
    refuse(stage, "MESSAGE_CONFLICT", id);
    stage.session.retry(id);
    expect(stage.end.texts()).toEqual(["one", "one"]);
    expect(ids(stage)[1]).not.toBe(id);
    expect(stage.events).toContainEqual({ type: "discarded", room: expect.any(String), message_id: id });
  });

  it("what was discarded is not sent", () => {
    const stage = new Stage();
    stage.write("one");
    stage.write("two");
    stage.session.outbox.discard(stage.session.outbox.all()[0]!.message_id);
    stage.online();
    expect(stage.end.texts()).toEqual(["two"]);
  });

  it("a host that waits for a discarded message is left for a new session, where nothing is held against us", () => {
    const stage = new Stage();
    stage.online();
    stage.write("one");
    stage.write("two");
    const [one, two] = ids(stage) as [string, string];
    refuse(stage, "RATE_LIMITED", one, { retry_after_ms: 500, retry_from: one });
    refuse(stage, "RATE_LIMITED", two, { retry_after_ms: 500, retry_from: one });
    stage.session.outbox.discard(one);
    expect(stage.ends).toHaveLength(2);
    stage.welcome();
    expect(stage.end.texts()).toEqual(["two"]);
  });

  it("what the host would never take fails at once", () => {
    const stage = new Stage();
    stage.online();
    stage.write("ä".repeat(9_000));
    stage.write("\u0001".repeat(12_000));
    expect(stage.end.texts()).toEqual([]);
    expect(Object.values(stage.outbox())).toEqual(["failed", "failed"]);
  });
});
