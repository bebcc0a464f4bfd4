// @vitest-environment node
import { expect, it } from "vitest";
import type { AppState } from "./model";
import { RowList } from "./rowlist";
import { rows } from "./rows";
import {
  ANA,
  BO,
  CY,
  after,
  chat,
  frame,
  history,
  inLobby,
  joined,
  message,
  messages,
  msg,
  room,
} from "./world.fixture";

const start = after(inLobby(100, 100), joined(0, 0, "sports"), history(messages(1, 100), false));
const seen = frame({ type: "SEEN", data: { topic: "lobby", markers: [{ user_id: BO, seq: 40 }], complete: true } });
const typing = frame({
  type: "TYPING",
  data: { user_id: BO, display_name: "Bo Berg", topic: "lobby", is_typing: true },
});
const came = frame({
  type: "PRESENCE",
  data: { users: [{ user_id: CY, display_name: "Cy", online: true, via: "app" }], complete: false },
});
const elsewhere = msg({ ...message(1), topic: "sports" });
const renamed = frame({
  type: "PRESENCE",
  data: { users: [{ user_id: ANA, display_name: "Anna", online: true, via: "app" }], complete: false },
});

const list = new RowList();
const listOf = (state: AppState, comings = true) => list.of(room(state), chat(state), { comings });

it.each([
  ["who types", typing],
  ["who is here", came],
  ["another chat", elsewhere],
  ["who has read", seen],
])("%s makes no new list", (_, event) => {
  const before = listOf(start);
  expect(listOf(after(start, event))).toBe(before);
});

it.each([
  ["a new message", msg(message(101, { content: "@Ana" }))],
  ["one that comes again with other words", msg(message(100, { content: "other words" }))],
  ["another name of mine", renamed],
])("%s does, and it is the right one", (_, event) => {
  const before = listOf(start);
  const next = after(start, event);
  expect(listOf(next)).not.toBe(before);
  expect(listOf(next)).toEqual(rows(room(next), chat(next)));
});

it("another chat and another wish are never taken for the one before", () => {
  const next = after(start, elsewhere);
  expect(listOf(next)).toHaveLength(102);
  expect(list.of(room(next), chat(next, "#sports"), { comings: true })).toEqual(
    rows(room(next), chat(next, "#sports")),
  );
  expect(listOf(next, false)).toEqual(rows(room(next), chat(next), { comings: false }));
});
