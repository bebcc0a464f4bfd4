import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ClientFrame, Hit, ServerFrame } from "../wire";
import { parts } from "./hits";
import { PAUSE_MS, Searching } from "./searching.svelte";
import { hit } from "./world.fixture";

type Asked = Extract<ClientFrame, { type: "SEARCH" }>["data"];

let asked: Asked[] = [];
let search: Searching;

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  search = new Searching((data) => asked.push(data));
});
afterEach(() => {
  search.stop();
  vi.useRealTimers();
});

function found(hits: Hit[], more: { cursor?: string; pending?: number } = {}, of = asked.at(-1)): ServerFrame {
  return {
    type: "FOUND",
    data: { search_id: of?.search_id ?? -1, hits, more: more.cursor !== undefined, ...more },
  };
}

function refused(retry_after_ms?: number): ServerFrame {
  const search_id = asked.at(-1)?.search_id ?? -1;
  const details = { search_id, ...(retry_after_ms === undefined ? {} : { retry_after_ms }) };
  return { type: "ERROR", data: { code: "RATE_LIMITED", message: "Too many", details } };
}

test("it asks when the person pauses, once, and where it is told to look", () => {
  search.change("l", null);
  search.change("lu", null);
  vi.advanceTimersByTime(PAUSE_MS - 1);
  expect(asked).toEqual([]);
  search.change("lunch", "#lobby");
  vi.advanceTimersByTime(PAUSE_MS);
  expect(asked).toMatchObject([{ query: "lunch", topic: "lobby" }]);
  expect(search.stand).toBe("asking");
  search.hear(found([hit(1)]));
  expect(search.stand).toBe("found");
  expect(search.hits).toHaveLength(1);
});

test("a late answer to an earlier question is not shown", () => {
  search.change("one", null);
  vi.advanceTimersByTime(PAUSE_MS);
  const first = asked.at(-1);
  search.change("two", null);
  vi.advanceTimersByTime(PAUSE_MS);
  search.hear(found([hit(1)], {}, first));
  expect(search.hits).toEqual([]);
  search.hear(found([hit(2)]));
  expect(search.hits.map((one) => one.seq)).toEqual([2]);
});

test("the next page comes behind the hits, and empty ones are passed over", () => {
  search.change("needle", null);
  vi.advanceTimersByTime(PAUSE_MS);
  search.hear(found([hit(9)], { cursor: "8.0" }));
  expect(search.more).toBe(true);
  search.next();
  expect(asked.at(-1)).toMatchObject({ query: "needle", cursor: "8.0" });
  search.hear(found([], { cursor: "5.0" }));
  expect(asked.at(-1)).toMatchObject({ cursor: "5.0" });
  search.hear(found([hit(4)]));
  expect(search.hits.map((one) => one.seq)).toEqual([9, 4]);
  expect(search.more).toBe(false);
});

test("a refusal that passes is asked again, any other is said, and silence too", () => {
  search.change("needle", null);
  vi.advanceTimersByTime(PAUSE_MS);
  search.hear(refused(200));
  expect(search.stand).toBe("asking");
  vi.advanceTimersByTime(200);
  expect(asked).toHaveLength(2);
  search.hear(refused());
  expect(search.stand).toBe("failed");
  expect(search.fault).toBe("Too many");
  search.now();
  vi.advanceTimersByTime(60_000);
  expect(search.stand).toBe("failed");
  expect(search.fault).toBe("");
});

test("an emptied field shows nothing and hears nothing", () => {
  search.change("needle", null);
  vi.advanceTimersByTime(PAUSE_MS);
  const answer = found([hit(1)]);
  search.change("", null);
  search.hear(answer);
  expect(search.stand).toBe("idle");
  expect(search.hits).toEqual([]);
});

test("marks are counted in characters, whatever they are made of", () => {
  expect(parts("👍🏽 ok Café", [[3, 5]])).toEqual([
    { text: "👍🏽 ", hit: false },
    { text: "ok", hit: true },
    { text: " Café", hit: false },
  ]);
  expect(parts("<b>", [])).toEqual([{ text: "<b>", hit: false }]);
  expect(parts("ab", [[0, 9]])).toEqual([{ text: "ab", hit: true }]);
  expect(parts("", [])).toEqual([]);
});
