import { describe, expect, it } from "vitest";
import { choices, keepOf, wordOf } from "./keeping";

describe("how long messages are kept", () => {
  it("a rule is a word and back", () => {
    for (const keep of [null, { days: 30 }, { messages: 1_000 }]) expect(keepOf(wordOf(keep))).toEqual(keep);
  });

  it("a rule that was given elsewhere can be seen and stays", () => {
    expect(choices("45d").at(-1)).toBe("45d");
    expect(choices("30d")).toEqual(choices("forever"));
  });
});
