// @vitest-environment node
import { describe, expect, it } from "vitest";
import { BO, ME, Stage, message } from "./scripted.fixture";

/** Cut and connected again; the host's head is `seq` now. */
function back(stage: Stage, seq: number, epoch = "1.a"): void {
  stage.end.close(1006);
  stage.clock.turn(5_000);
  stage.welcome(undefined, epoch);
  stage.joined(seq, epoch);
}

describe("positions", () => {
  it("hand up live messages once and in order", () => {
    const stage = new Stage();
    stage.online(3);
    stage.live(4, 5, 5, 4, 6);
    expect(stage.seen()).toEqual([4, 5, 6]);
  });

  it("after a break ask for what came after the last message, and merge it with what comes meanwhile", () => {
    const stage = new Stage();
    stage.online(3);
    stage.live(4);
    back(stage, 8);
    expect(stage.end.all("RESUME")).toEqual([{ topic: "lobby", epoch: "1.a", seq: 4 }]);
    stage.live(10, 9);
    expect(stage.seen()).toEqual([4]);
    stage.end.say({
      type: "RESUMED",
      data: {
        topic: "lobby",
        recovered: true,
        epoch: "1.a",
        seq: 9,
        messages: [5, 6, 7, 8, 9].map((seq) => message(seq)),
        more: false,
      },
    });
    expect(stage.seen()).toEqual([4, 5, 6, 7, 8, 9, 10]);
  });

  it("ask for page after page while there is more", () => {
    const stage = new Stage();
    stage.online(1);
    back(stage, 5, "2.b");
    const page = (seqs: number[], more: boolean) =>
      stage.end.say({
        type: "RESUMED",
        data: {
          topic: "lobby",
          recovered: true,
          epoch: "2.b",
          seq: seqs.at(-1)!,
          messages: seqs.map((seq) => message(seq, "x", { epoch: "2.b" })),
          more,
        },
      });
    page([2, 3], true);
    expect(stage.end.all("RESUME").at(-1)).toEqual({ topic: "lobby", epoch: "2.b", seq: 3 });
    page([4, 5], false);
    expect(stage.end.all("RESUME")).toHaveLength(2);
    expect(stage.seen()).toEqual([2, 3, 4, 5]);
  });

  it("ask after a break also when the head is where it was: what disappears does not move it", () => {
    const stage = new Stage();
    stage.online(3);
    expect(stage.end.all("RESUME")).toEqual([]);
    back(stage, 3);
    expect(stage.end.all("RESUME")).toEqual([{ topic: "lobby", epoch: "1.a", seq: 3 }]);
    stage.end.say({
      type: "RESUMED",
      data: { topic: "lobby", recovered: true, epoch: "1.a", seq: 3, messages: [], more: false },
    });
    stage.live(4);
    expect(stage.seen()).toEqual([4]);
  });

  it("a restarted host with the same head is asked too, because its log may be another one", () => {
    const stage = new Stage();
    stage.online(3);
    back(stage, 3, "2.b");
    expect(stage.end.all("RESUME")).toEqual([{ topic: "lobby", epoch: "1.a", seq: 3 }]);
  });

  it("a log that is gone is told plainly, and new messages follow it", () => {
    const stage = new Stage();
    stage.online(30);
    back(stage, 2, "1.z");
    stage.end.say({
      type: "RESUMED",
      data: { topic: "lobby", recovered: false, epoch: "1.z", seq: 2, messages: [message(1), message(2)], more: false },
    });
    expect(stage.events.at(-1)).toMatchObject({
      type: "frame",
      frame: { type: "RESUMED", data: { recovered: false } },
    });
    stage.live(3);
    expect(stage.seen()).toEqual([3]);
  });

  it("a hole in the live messages is asked for", () => {
    const stage = new Stage();
    stage.online(0);
    stage.live(1, 4);
    expect(stage.seen()).toEqual([1]);
    expect(stage.end.all("RESUME")).toEqual([{ topic: "lobby", epoch: "1.a", seq: 1 }]);
    stage.end.say({
      type: "RESUMED",
      data: {
        topic: "lobby",
        recovered: true,
        epoch: "1.a",
        seq: 3,
        messages: [message(2), message(3)],
        more: false,
      },
    });
    expect(stage.seen()).toEqual([1, 2, 3, 4]);
  });

  describe("of what disappears", () => {
    const passing = (seq: number, order: number, id = `p-${order}`) =>
      message(seq, `passing ${order}`, {
        message_id: id,
        order,
        timestamp: new Date(2_000_000 + order).toISOString(),
        expires_at: new Date(2_060_000).toISOString(),
      });
    const texts = (stage: Stage) =>
      stage.events.flatMap((event) =>
        event.type === "frame" && event.frame.type === "MSG" ? [event.frame.data.content] : [],
      );
    const resumed = (stage: Stage, seq: number, messages: ReturnType<typeof message>[], more = false) =>
      stage.end.say({ type: "RESUMED", data: { topic: "lobby", recovered: true, epoch: "1.a", seq, messages, more } });

    it("each is handed up once, though its seq is known, and none moves the position", () => {
      const stage = new Stage();
      stage.online(3);
      for (const one of [passing(3, 1), passing(3, 2), passing(3, 1)]) stage.end.say({ type: "MSG", data: one });
      stage.live(4);
      stage.end.say({ type: "MSG", data: passing(4, 3) });
      expect(texts(stage)).toEqual(["passing 1", "passing 2", "text 4", "passing 3"]);
      back(stage, 4);
      expect(stage.end.all("RESUME")).toEqual([{ topic: "lobby", epoch: "1.a", seq: 4 }]);
    });

    it("after a break those that live come once, in their places, and live ones wait for them", () => {
      const stage = new Stage();
      stage.online(3);
      stage.end.say({ type: "MSG", data: passing(3, 1) });
      back(stage, 4);
      stage.end.say({ type: "MSG", data: passing(4, 4) });
      expect(texts(stage)).toEqual(["passing 1"]);
      resumed(stage, 4, [passing(3, 1), passing(3, 2), message(4), passing(4, 3), passing(4, 4)]);
      expect(texts(stage)).toEqual(["passing 1", "passing 2", "text 4", "passing 3", "passing 4"]);
    });

    it("two people's of one id are two", () => {
      const stage = new Stage();
      stage.online(0);
      stage.end.say({ type: "MSG", data: passing(0, 1, "same") });
      stage.end.say({ type: "MSG", data: { ...passing(0, 2, "same"), from: ME } });
      expect(texts(stage)).toHaveLength(2);
    });

    it("one that stands behind a message not yet here waits for it, and is not asked for without end", () => {
      const stage = new Stage();
      stage.online(3);
      stage.end.say({ type: "MSG", data: passing(5, 1) });
      expect(stage.end.all("RESUME")).toEqual([{ topic: "lobby", epoch: "1.a", seq: 3 }]);
      resumed(stage, 4, [message(4)]);
      expect(texts(stage)).toEqual(["text 4", "passing 1"]);
      expect(stage.end.all("RESUME")).toHaveLength(1);
    });

    it("of a log that is gone, what the new one holds is not handed up again", () => {
      const stage = new Stage();
      stage.online(3);
      back(stage, 1, "2.b");
      const messages = [passing(1, 1)];
      stage.end.say({
        type: "RESUMED",
        data: { topic: "lobby", recovered: false, epoch: "2.b", seq: 1, messages, more: false },
      });
      stage.end.say({ type: "MSG", data: passing(1, 1) });
      expect(texts(stage)).toEqual([]);
    });

    it("the topic is entered again as what it was, so that it never comes back as one that stays", () => {
      const stage = new Stage();
      stage.online();
      stage.session.send({ type: "JOIN_TOPIC", data: { topic: "whispers", ttl: 30 } });
      const joined = { topic: "whispers", epoch: "1.a", seq: 0, members: [], member_count: 1, ttl: 30, read: 0 };
      stage.end.say({ type: "TOPIC_JOINED", data: joined });
      expect(stage.topics).toEqual([{ topic: "lobby" }, { topic: "whispers", ttl: 30 }]);
      back(stage, 0, "2.b");
      expect(stage.end.all("JOIN_TOPIC")).toEqual([{ topic: "lobby" }, { topic: "whispers", ttl: 30 }]);
    });

    it("what was written for it while the host was away waits for it, and never goes where it would stay", () => {
      const whispers = (ttl?: number) => ({
        type: "TOPIC_JOINED" as const,
        data: {
          topic: "whispers",
          epoch: "2.b",
          seq: 0,
          members: [],
          member_count: 1,
          read: 0,
          ...(ttl ? { ttl } : {}),
        },
      });
      const away = () => {
        const stage = new Stage();
        stage.topics = [{ topic: "lobby" }];
        stage.online();
        stage.end.say(whispers(30));
        stage.end.close(1006);
        stage.session.send({ type: "MSG", data: { topic: "whispers", content: "psst" } });
        stage.write("aloud");
        stage.clock.turn(5_000);
        stage.welcome(undefined, "2.b");
        expect(stage.end.texts()).toEqual(["aloud"]);
        return stage;
      };
      const same = away();
      same.end.say(whispers(30));
      expect(same.end.texts()).toEqual(["aloud", "psst"]);
      const other = away();
      other.end.say(whispers());
      expect(other.end.texts()).toEqual(["aloud"]);
      expect(other.session.outbox.all().find((entry) => entry.content === "psst")).toMatchObject({
        state: "failed",
        error: "STAYS_NOW",
      });
    });

    it("a message that failed there is tried again there, and makes no topic that stays", () => {
      const stage = new Stage();
      stage.online();
      const list = [{ topic: "whispers", epoch: "1.a", seq: 0, member_count: 1, ttl: 30, read: 0 }];
      stage.end.say({ type: "TOPICS", data: { topics: list, complete: true } });
      stage.session.send({ type: "MSG", data: { topic: "whispers", content: "psst", message_id: "m" } });
      const details = { message_id: "m", topic: "whispers" };
      stage.end.say({ type: "ERROR", data: { code: "NOT_IN_TOPIC", message: "not in it", details } });
      stage.session.retry("m");
      expect(stage.end.all("JOIN_TOPIC").at(-1)).toEqual({ topic: "whispers", ttl: 30 });
    });
  });

  it("direct chats resume before anything is listed", () => {
    const stage = new Stage();
    stage.online();
    const direct = (seq: number) => message(seq, "psst", { topic: undefined, to: ME } as never);
    stage.end.say({ type: "MSG", data: direct(1) });
    back(stage, 0);
    expect(stage.end.all("RESUME")[0]).toEqual({ with: BO, epoch: "1.a", seq: 1 });
    stage.end.say({
      type: "RESUMED",
      data: { with: BO, recovered: true, epoch: "1.a", seq: 2, messages: [direct(2)], more: false },
    });
    expect(stage.seen()).toEqual([1, 2]);
  });

  it("a list that knows a message before it was sent to us does not swallow it", () => {
    const stage = new Stage();
    stage.online();
    const chats = [{ with: BO, display_name: "Bo Berg", epoch: "1.a", seq: 1, read: 0 }];
    stage.end.say({ type: "DIRECT", data: { chats, complete: true } });
    stage.end.say({ type: "MSG", data: message(1, "psst", { topic: undefined, to: ME } as never) });
    expect(stage.seen()).toEqual([1]);
  });

  it("a host that will not answer for a topic does not silence it", () => {
    const stage = new Stage();
    stage.online(3);
    back(stage, 5);
    stage.live(6);
    stage.end.say({ type: "ERROR", data: { code: "TOPIC_NOT_FOUND", message: "no", details: { topic: "lobby" } } });
    stage.live(7);
    expect(stage.seen()).toEqual([6, 7]);
  });

  it("the answer of a session before this one is not taken", () => {
    const stage = new Stage();
    stage.online(3);
    stage.end.say({
      type: "RESUMED",
      data: { topic: "lobby", recovered: true, epoch: "1.a", seq: 9, messages: [message(9)], more: false },
    });
    stage.live(4);
    expect(stage.seen()).toEqual([4]);
  });

  it("topics that were entered are remembered, and those that were left are not", () => {
    const stage = new Stage();
    stage.online();
    stage.end.say({
      type: "TOPIC_JOINED",
      data: { topic: "sports", epoch: "1.a", seq: 0, members: [], member_count: 1, read: 0 },
    });
    expect(stage.topics).toEqual([{ topic: "lobby" }, { topic: "sports" }]);
    stage.session.send({ type: "LEAVE_TOPIC", data: { topic: "lobby" } });
    expect(stage.topics).toEqual([{ topic: "sports" }]);
  });
});
