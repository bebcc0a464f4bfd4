// @vitest-environment node
import { expect, it } from "vitest";
import { readerCounter } from "./readers";

it("counts who has read a message, me left out", () => {
  const count = readerCounter({ me: 99, bo: 5, cy: 7, di: 5 }, "me");
  expect([1, 5, 6, 7, 8].map(count)).toEqual([3, 3, 1, 1, 0]);
  expect(readerCounter({}, "me")(1)).toBe(0);
});
