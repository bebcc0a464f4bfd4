// @vitest-environment node
import { describe, expect, it } from "vitest";
import type { Message } from "../wire";
import type { ChatState, RoomState } from "./model";
import { newChat } from "./chats";
import { rows } from "./rows";
import { ANA, BO, CY, NOW, inLobby, message, room } from "./world.fixture";

const here: RoomState = room(inLobby());
const withMessages = (list: Message[], more: Partial<ChatState> = {}): ChatState => ({
  ...newChat("#lobby"),
  epoch: "1.a",
  joined: true,
  seq: list.at(-1)?.seq ?? 0,
  messages: list,
  hasOlder: true,
  ...more,
});
/** The rows in short: `day`, `new`, `start`, or the text with `[` and `]` where a block begins and ends. */
const short = (chat: ChatState) =>
  rows(here, chat).map((row) => {
    if (row.type !== "message" && row.type !== "outbox") return row.type;
    return `${row.first ? "[" : ""}${row.message.content}${row.last ? "]" : ""}`;
  });
const said = (seq: number, from: string, minute: number, content = `${seq}`) => message(seq, { from, minute, content });

describe("rows", () => {
  it("messages of one author within five minutes are one block", () => {
    const list = [said(1, BO, 0), said(2, BO, 4), said(3, BO, 8), said(4, BO, 13), said(5, CY, 13), said(6, BO, 14)];
    expect(short(withMessages(list))).toEqual(["day", "[1", "2", "3]", "[4]", "[5]", "[6]"]);
  });

  it("a new name begins a new block", () => {
    const list = [said(1, BO, 0), { ...said(2, BO, 1), display_name: "Robert" }];
    expect(short(withMessages(list))).toEqual(["day", "[1]", "[2]"]);
  });

  it("each day has its divider, also across five minutes, and days never go back", () => {
    const at = (seq: number, time: Date) => ({ ...said(seq, BO, 0), timestamp: time.toISOString() });
    const list = [
      at(1, new Date(2026, 10, 19, 23, 59)),
      at(2, new Date(2026, 10, 20, 0, 1)),
      at(3, new Date(2026, 10, 19, 23, 58)),
    ];
    expect(short(withMessages(list))).toEqual(["day", "[1]", "day", "[2", "3]"]);
    const keys = rows(here, withMessages(list)).map((row) => row.key);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("the divider stands before the first unread message of another and splits its block", () => {
    const list = [said(1, BO, 0), said(2, ANA, 1), said(3, BO, 2), said(4, BO, 3)];
    expect(short(withMessages(list, { divider: 1 }))).toEqual(["day", "[1]", "[2]", "new", "[3", "4]"]);
    expect(short(withMessages(list, { divider: 3 }))).toEqual(["day", "[1]", "[2]", "[3]", "new", "[4]"]);
    expect(short(withMessages(list, { divider: 4 }))).not.toContain("new");
  });

  it("the beginning is shown where the log begins, and in an empty chat", () => {
    expect(short(withMessages([said(1, BO, 0)], { hasOlder: false }))).toEqual(["start", "day", "[1]"]);
    expect(short(withMessages([], { hasOlder: false }))).toEqual(["start"]);
    expect(short(withMessages([], { hasOlder: false, epoch: "" }))).toEqual([]);
  });

  it("my messages on their way follow at the end, in my block, and only where the end is", () => {
    const entry = {
      message_id: "o",
      topic: "lobby",
      content: "o",
      written_at: new Date(NOW + 60_000).toISOString(),
      state: "queued" as const,
    };
    const list = [said(1, ANA, 0)];
    expect(short(withMessages(list, { outbox: [entry] }))).toEqual(["day", "[1", "o]"]);
    expect(short(withMessages(list, { outbox: [entry], hasNewer: true }))).toEqual(["day", "[1]"]);
  });

  it("a message keeps its key when it gets its place", () => {
    const entry = {
      message_id: "m-2",
      topic: "lobby",
      content: "x",
      written_at: new Date(NOW).toISOString(),
      state: "sent" as const,
    };
    const before = rows(here, withMessages([said(1, BO, 0)], { outbox: [entry] }));
    const then = rows(here, withMessages([said(1, BO, 0), message(2, { from: ANA })]));
    expect(then.at(-1)!.key).toBe(before.at(-1)!.key);
  });

  it("tells what is mine and what names me", () => {
    const list = [said(1, BO, 0, "hello @ana!"), said(2, BO, 1, "@anabel"), said(3, ANA, 2, "I am @Ana")];
    const flags = rows(here, withMessages(list)).flatMap((row) =>
      row.type === "message" ? [[row.mine, row.mention]] : [],
    );
    expect(flags).toEqual([
      [false, true],
      [false, false],
      [true, false],
    ]);
  });

  it("an appended message leaves all rows but the last the same objects", () => {
    const list = Array.from({ length: 1_000 }, (_, index) => said(index + 1, index % 3 ? BO : CY, index));
    const chat = withMessages(list);
    const before = rows(here, chat);
    const then = rows(here, withMessages([...list, said(1_001, BO, 1_000)]));
    const changed = before.filter((row, index) => row.type === "message" && then[index] !== row);
    expect(changed.length).toBeLessThanOrEqual(1);
  });
});
