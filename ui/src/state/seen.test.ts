import { expect, test } from "vitest";
import { readersOf } from "./seen";
import { ANA, after, BO, chat, CY, frame, inLobby, joined } from "./world.fixture";
import type { Seen } from "../wire";

const seen = (data: Partial<Seen>) =>
  frame({ type: "SEEN", data: { topic: "lobby", markers: [], complete: false, ...data } });

test("markers of others rise, in whatever order they come, and never fall", () => {
  const state = after(
    inLobby(9),
    seen({ markers: [{ user_id: BO, seq: 5 }] }),
    seen({ markers: [{ user_id: CY, seq: 7 }] }),
    seen({ markers: [{ user_id: BO, seq: 3 }] }),
  );
  expect(chat(state).seen).toEqual({ [BO]: 5, [CY]: 7 });
  expect(readersOf(chat(state), 6, ANA)).toEqual([CY]);
  expect(readersOf(chat(state), 5, ANA, CY)).toEqual([BO]);
});

test("a complete list replaces what was known, and a topic of many is asked", () => {
  const before = after(inLobby(9), seen({ markers: [{ user_id: BO, seq: 5 }] }));
  expect(chat(after(before, seen({ markers: [{ user_id: CY, seq: 2 }], complete: true }))).seen).toEqual({ [CY]: 2 });
  const many = after(before, seen({ complete: true, many: true }));
  expect(chat(many).seen).toEqual({});
  expect(chat(many).seenByAsking).toBe(true);
  expect(chat(after(many, joined(9))).seenByAsking).toBe(false);
});

test("the answer about a message grows by pages", () => {
  const page = (user: string, seq: number, more: boolean) =>
    frame({
      type: "SEEN_BY",
      data: { topic: "lobby", seq, count: 2, people: [{ user_id: user, display_name: "Name" }], more },
    });
  const two = after(inLobby(9), page(BO, 4, true), page(CY, 4, false));
  expect(chat(two).seenBy?.people.map((person) => person.user_id)).toEqual([BO, CY]);
  const other = after(two, page(CY, 5, false));
  expect(chat(other).seenBy?.people.map((person) => person.user_id)).toEqual([CY]);
});

test("a direct chat tells how far the other has read, with the list and live", () => {
  const direct = frame({
    type: "DIRECT",
    data: { chats: [{ with: BO, display_name: "Bo", epoch: "1.a", seq: 4, read: 4, seen: 2 }], complete: true },
  });
  const listed = after(inLobby(), direct);
  expect(chat(listed, `@${BO}`).seen).toEqual({ [BO]: 2 });
  const live = after(
    listed,
    frame({ type: "SEEN", data: { with: BO, markers: [{ user_id: BO, seq: 4 }], complete: false } }),
  );
  expect(readersOf(chat(live, `@${BO}`), 4, ANA)).toEqual([BO]);
});
