// @vitest-environment node
import { expect, it } from "vitest";
import { findPeople, seenBy } from "./asking";
import { BO, CY, after, frame, inLobby, room } from "./world.fixture";

const person = (user_id: string) => ({ user_id, display_name: "somebody" });

it("the same question about people goes on where the last page ended, another one begins anew", () => {
  const users = [{ ...person(BO), online: true, via: "app" as const }];
  const told = room(after(inLobby(), frame({ type: "PEOPLE", data: { text: "b", users, more: true } })));
  expect(findPeople(room(inLobby()), "b")).toEqual({ type: "FIND_PEOPLE", data: { text: "b" } });
  expect(findPeople(told, "b")).toEqual({ type: "FIND_PEOPLE", data: { text: "b", after: BO } });
  expect(findPeople(told, "bo")).toEqual({ type: "FIND_PEOPLE", data: { text: "bo" } });
});

it("who has seen a message is asked for page by page, and from the start for another message", () => {
  const data = { topic: "lobby", seq: 4, count: 300, people: [person(BO), person(CY)], more: true };
  const told = room(after(inLobby(9), frame({ type: "SEEN_BY", data })));
  expect(seenBy(told, "lobby", 4)).toEqual({ type: "SEEN_BY", data: { topic: "lobby", seq: 4, after: CY } });
  expect(seenBy(told, "lobby", 5)).toEqual({ type: "SEEN_BY", data: { topic: "lobby", seq: 5 } });
  expect(seenBy(undefined, "lobby", 4)).toEqual({ type: "SEEN_BY", data: { topic: "lobby", seq: 4 } });
});
