import { describe, expect, it } from "vitest";
import { isOther, steps, survivor } from "./steps";

const row = (key: string) => ({ key, type: /^(day|new|start)/.test(key) ? "day" : "message" });
const rows = (...keys: string[]) => keys.map(row);
const said = (list: ReturnType<typeof steps>) =>
  list.map((step) => [step.rows.map((one) => one.key).join(" "), step.shift]);

describe("steps of the list", () => {
  it("an appended message is one step that keeps the start", () => {
    expect(said(steps(rows("day1", "a", "b"), rows("day1", "a", "b", "c")))).toEqual([["day1 a b c", false]]);
  });
  it("an older page is one step that keeps the end", () => {
    expect(said(steps(rows("day1", "c", "d"), rows("day1", "a", "b", "c", "d")))).toEqual([["day1 a b c d", true]]);
  });
  it("an older page that drops the far end is two steps", () => {
    expect(said(steps(rows("c", "d", "e"), rows("a", "b", "c")))).toEqual([
      ["a b c d e", true],
      ["a b c", false],
    ]);
  });
  it("a newer page that drops the start is two steps, too", () => {
    expect(said(steps(rows("a", "b", "c"), rows("c", "d")))).toEqual([
      ["c", true],
      ["c d", false],
    ]);
  });
  it("another part of the log is one step", () => {
    expect(said(steps(rows("a"), rows("x", "y")))).toEqual([["x y", false]]);
    expect(isOther(rows("a"), rows("x"))).toBe(true);
    expect(isOther(rows("day1", "a"), rows("day1", "a"))).toBe(false);
  });
});

describe("what is read", () => {
  it("stays where rows above it have gone, or its own; not where only others came or went, or those at the start", () => {
    const before = rows("day1", "a", "b", "c", "d");
    expect(survivor(before, rows("day1", "a", "c", "d"), 3)).toEqual({ before: 3, now: 2 });
    expect(survivor(before, rows("day1", "b", "c", "d"), 3)).toBeNull();
    expect(survivor(before, rows("c", "d", "e"), 1)).toBeNull();
    expect(survivor(before, rows("day1", "a", "b", "d"), 3)).toEqual({ before: 4, now: 3 });
    expect(survivor(before, rows("day1", "a", "b", "c"), 3)).toBeNull();
    expect(survivor(before, rows("x", "day1", "a", "b", "c", "d", "e"), 3)).toBeNull();
    expect(survivor(before, rows("x"), 3)).toBeNull();
  });
});
