// @vitest-environment node
import { describe, expect, it } from "vitest";
import type { OutboxState, PlatformEvent } from "../wire";
import { ANA, BO, NOW, ROOM, after, chat, frame, history, inLobby, joined, message, msg } from "./world.fixture";

const wrote = (message_id: string, state: OutboxState = "queued"): PlatformEvent => ({
  type: "outbox",
  room: ROOM,
  message: { message_id, topic: "lobby", content: message_id, written_at: new Date(NOW).toISOString(), state },
});
const mine = (seq: number, message_id: string) => msg(message(seq, { from: ANA, message_id, content: message_id }));
const acked = (seq: number, message_id: string) =>
  frame({ type: "MSG_ACK", data: { message_id, epoch: "1.a", seq, status: "stored" } });
const waiting = (state: Parameters<typeof chat>[0]) => chat(state).outbox.map((entry) => entry.message_id);
const shown = (state: Parameters<typeof chat>[0]) => [
  ...chat(state).messages.map((one) => one.message_id),
  ...waiting(state),
];

describe("my messages on their way", () => {
  it("are shown at once, in order, and change in place", () => {
    const state = after(inLobby(), wrote("a"), wrote("b"), wrote("a", "sent"));
    expect(chat(state).outbox.map(({ message_id, state: stands }) => [message_id, stands])).toEqual([
      ["a", "sent"],
      ["b", "queued"],
    ]);
  });

  it.each([
    ["MSG first", [mine(1, "a"), acked(1, "a")]],
    ["MSG_ACK first", [acked(1, "a"), mine(1, "a")]],
    ["MSG twice", [mine(1, "a"), acked(1, "a"), mine(1, "a")]],
    ["a late word of the outbox", [acked(1, "a"), mine(1, "a"), wrote("a", "sent")]],
  ])("become part of the log and are never shown twice: %s", (_, events) => {
    let state = after(inLobby(), wrote("a", "sent"));
    for (const event of events) {
      state = after(state, event);
      expect(shown(state)).toEqual(["a"]);
    }
    expect(waiting(state)).toEqual([]);
  });

  it("an acknowledged one keeps its place until its MSG comes", () => {
    const state = after(inLobby(), wrote("a", "sent"), acked(2, "a"));
    expect(chat(state).outbox[0]).toMatchObject({ state: "sent", seq: 2 });
    expect(shown(after(state, msg(message(1, { from: BO })), mine(2, "a")))).toEqual(["m-1", "a"]);
  });

  it("one that was stored before the break goes when the host says so again", () => {
    const state = after(inLobby(), wrote("a", "sent"), joined(1), acked(1, "a"));
    expect(waiting(state)).toEqual([]);
    expect(shown(after(state, mine(1, "a")))).toEqual(["a"]);
  });

  it("an acknowledged one goes when its page is loaded, too", () => {
    const state = after(inLobby(), wrote("a", "sent"), acked(2, "a"));
    const page = history([message(1), message(2, { from: ANA, message_id: "a" })], false);
    expect(shown(after(state, page))).toEqual(["m-1", "a"]);
  });

  it("another's message with the same id does not take mine away", () => {
    const state = after(inLobby(), wrote("a"), msg(message(1, { from: BO, message_id: "a" })));
    expect(waiting(state)).toEqual(["a"]);
  });

  it("a discarded one goes", () => {
    expect(waiting(after(inLobby(), wrote("a", "failed"), { type: "discarded", room: ROOM, message_id: "a" }))).toEqual(
      [],
    );
  });

  it("to a person who was never written to, it opens the chat", () => {
    const direct: PlatformEvent = {
      type: "outbox",
      room: ROOM,
      message: { message_id: "d", to: BO, content: "psst", written_at: new Date(NOW).toISOString(), state: "queued" },
    };
    expect(chat(after(inLobby(), direct), `@${BO}`).outbox).toHaveLength(1);
  });
});
