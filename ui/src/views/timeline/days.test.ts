// @vitest-environment node
import { expect, it } from "vitest";
import { dayStart, dayValue } from "./days";

it("a day begins at midnight of this device, and is written as the field writes it", () => {
  const start = dayStart("2026-02-03")!;
  expect(new Date(start).getHours()).toBe(0);
  expect(dayValue(new Date(start))).toBe("2026-02-03");
  expect(dayStart(" 2026-2-3 ")).toBe(start);
});

it("what is no day is none", () => {
  for (const value of ["", "tomorrow", "2026-02-30", "2026-13-01", "03.02.2026", "0001-01-01"]) {
    expect(dayStart(value)).toBeNull();
  }
});
