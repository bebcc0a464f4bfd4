// @vitest-environment node
import { describe, expect, it } from "vitest";
import type { Message } from "../../wire";
import { KEPT_PER_CHAT } from "./kept";
import { ME, Stage, message, noLimits } from "./scripted.fixture";

const ids = (stage: Stage) => stage.end.all("MSG").map((draft) => draft.message_id!);

function acknowledge(stage: Stage, epoch: string): void {
  for (const [index, id] of ids(stage).entries()) {
    stage.end.say({ type: "MSG_ACK", data: { message_id: id, epoch, seq: index + 1, status: "stored" } });
  }
}

/** The host starts again; what it says stands at the place it is asked about. */
function restart(stage: Stage, epoch: string, seq: number, there: Message[]): void {
  stage.end.close(1006);
  stage.clock.turn(5_000);
  stage.welcome(noLimits, epoch);
  stage.joined(seq, epoch);
  const [asked] = stage.end.all("HISTORY");
  if (asked) {
    stage.end.say({
      type: "HISTORY",
      data: { topic: "lobby", after: asked.after!, messages: there, more: false },
    });
  }
}

describe("what a host acknowledged and lost", () => {
  it("is offered again under its ids, before what was written meanwhile", () => {
    const stage = new Stage();
    stage.online();
    for (const text of ["one", "two"]) stage.write(text);
    const before = ids(stage);
    acknowledge(stage, "1.a");
    stage.end.close(1006);
    stage.write("three");
    restart(stage, "2.b", 0, []);
    expect(stage.end.texts()).toEqual(["one", "two", "three"]);
    expect(ids(stage).slice(0, 2)).toEqual(before);
  });

  it("is asked about once in a life of the host, and not offered when it is there", () => {
    const stage = new Stage();
    stage.online();
    stage.write("one");
    const [id] = ids(stage);
    acknowledge(stage, "1.a");
    restart(stage, "2.b", 1, [message(1, "one", { from: ME, message_id: id! })]);
    expect(stage.end.all("HISTORY")).toHaveLength(1);
    expect(stage.end.texts()).toEqual([]);
    restart(stage, "2.b", 1, []);
    expect(stage.end.all("HISTORY")).toHaveLength(0);
  });

  it("the page asked for is not shown, and somebody else's words at its place are not mine", () => {
    const stage = new Stage();
    stage.online();
    stage.write("one");
    acknowledge(stage, "1.a");
    restart(stage, "2.b", 1, [message(1, "other")]);
    expect(stage.end.texts()).toEqual(["one"]);
    const shown = stage.events.filter((event) => event.type === "frame" && event.frame.type === "HISTORY");
    expect(shown).toEqual([]);
  });

  it("is the newest of a chat only", () => {
    const stage = new Stage();
    stage.online();
    for (let count = 0; count < KEPT_PER_CHAT + 20; count += 1) {
      stage.write(`text ${count}`);
      const id = ids(stage).at(-1)!;
      stage.end.say({ type: "MSG_ACK", data: { message_id: id, epoch: "1.a", seq: count + 1, status: "stored" } });
    }
    restart(stage, "2.b", 0, []);
    while (stage.end.texts().length < KEPT_PER_CHAT) acknowledge(stage, "2.b");
    acknowledge(stage, "2.b");
    expect(stage.end.texts()).toHaveLength(KEPT_PER_CHAT);
    expect(stage.end.texts()[0]).toBe("text 20");
  });
});

describe("a hole that nobody would see", () => {
  it("is found by where a PONG says the log ends, and asked for", () => {
    const stage = new Stage();
    stage.online();
    stage.live(1);
    const pong = (seq: number) =>
      stage.end.say({
        type: "PONG",
        data: { timestamp: "2026-11-20T12:00:00Z", heads: [{ topic: "lobby", epoch: "1.a", seq }] },
      });
    pong(1);
    expect(stage.end.all("RESUME")).toHaveLength(0);
    pong(2);
    expect(stage.end.all("RESUME")).toEqual([{ topic: "lobby", epoch: "1.a", seq: 1 }]);
  });
});
