// @vitest-environment node
import { expect, it, vi } from "vitest";
import { remembered } from "./remember";

it("is made once for each text, the empty word too", () => {
  const make = vi.fn((text: string) => text.slice(1));
  const cut = remembered(make);
  for (const turn of [1, 2]) expect([cut("ab"), cut("c"), turn]).toEqual(["b", "", turn]);
  expect(make).toHaveBeenCalledTimes(2);
});

it("however many texts there are, each has its own, and not all are kept", () => {
  const make = vi.fn((text: string) => `<${text}>`);
  const mark = remembered(make);
  for (let index = 0; index < 5_000; index += 1) expect(mark(`${index}`)).toBe(`<${index}>`);
  expect(mark("0")).toBe("<0>");
  expect(make).toHaveBeenCalledTimes(5_001);
});
