// @vitest-environment node
import { expect, it } from "vitest";
import { readerCounter } from "./readers";

it("counts who has read a message, me left out", () => {
  const count = readerCounter({ me: 99, bo: 5, cy: 7, di: 5 }, "me");
  expect([1, 5, 6, 7, 8].map(count)).toEqual([3, 3, 1, 1, 0]);
  expect(readerCounter({}, "me")(1)).toBe(0);
});

it("the same marks have the same counter, and I am never one of the others", () => {
  const seen = { ana: 5, bo: 3 };
  const others = readerCounter(seen, "ana");
  expect(readerCounter(seen, "ana")).toBe(others);
  expect([others(3), readerCounter(seen, "cy")(3), readerCounter({ ...seen, bo: 2 }, "ana")(3)]).toEqual([1, 2, 0]);
});
