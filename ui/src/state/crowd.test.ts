import { expect, test } from "vitest";
import { hereCount, online } from "./people";
import { ANA, after, BO, chat, CY, frame, inLobby, presence, room } from "./world.fixture";
import type { Presence, TopicMembers, UserInfo } from "../wire";

const user = (user_id: string, more: Partial<UserInfo> = {}): UserInfo => ({
  user_id,
  display_name: `Name ${user_id.slice(0, 2)}`,
  online: true,
  via: "app",
  ...more,
});
const here = (data: Partial<Presence>) => frame({ type: "PRESENCE", data: { users: [], complete: false, ...data } });
const change = (data: Partial<TopicMembers>) =>
  frame({ type: "TOPIC_MEMBERS", data: { topic: "lobby", joined: [], left: [], member_count: 2, ...data } });
const ids = (state: Parameters<typeof room>[0]) => online(room(state)).map((person) => person.user_id);

test("a room that grows too large keeps who is still told of, me, and the count", () => {
  const large = after(inLobby(), here({ users: [user(CY)], complete: true, total: 101 }));
  expect(ids(large).toSorted()).toEqual([ANA, CY]);
  expect(hereCount(room(large))).toBe(101);
  const more = after(large, here({ total: 740 }));
  expect(hereCount(room(more))).toBe(740);
  const small = after(more, here({ users: [user(ANA), user(BO)], complete: true }));
  expect(ids(small).toSorted()).toEqual([ANA, BO]);
  expect(hereCount(room(small))).toBe(2);
});

test("a change without a count says nothing about it", () => {
  expect(hereCount(room(after(inLobby(), here({ users: [user(CY)] }))))).toBe(3);
});

test("a topic that grows too large names nobody but me, and nobody is said to have gone or come", () => {
  const many = after(inLobby(), change({ complete: true, many: true, member_count: 101 }));
  expect(chat(many).members).toEqual([ANA]);
  expect(chat(many).memberCount).toBe(101);
  const few = after(
    many,
    change({
      complete: true,
      joined: [ANA, CY].map((user_id) => ({ user_id, display_name: "Name" })),
      member_count: 2,
    }),
  );
  expect(chat(few).members).toEqual([ANA, CY]);
  expect(chat(few).happenings).toEqual([]);
});

test("people are found by name, page by page, and are not shown as here for ever", () => {
  const page = (users: UserInfo[], more: boolean, text = "na") =>
    frame({ type: "PEOPLE", data: { text, users, more } });
  const large = after(inLobby(), presence, here({ users: [user(ANA)], complete: true, total: 400 }));
  const two = after(large, page([user(BO)], true), page([user(CY)], false));
  expect(room(two).found?.users.map((one) => one.user_id)).toEqual([BO, CY]);
  expect(room(two).people[CY]?.online).toBe(false);
  expect(room(after(two, page([user(CY)], false, "cy"))).found?.users).toHaveLength(1);
});
