// @vitest-environment node
import { expect, it } from "vitest";
import { initials } from "./person";

it("a person's two signs are those of the first and the last word, the second time too", () => {
  const names = { "Bo Berg": "BB", "ana maria de silva": "AS", Cy: "C", "Guest 7": "G", "👩‍👩‍👧‍👦 家": "👩‍👩‍👧‍👦家", "": "" };
  for (const turn of [1, 2]) {
    for (const [name, signs] of Object.entries(names)) expect(initials(name), `${name} ${turn}`).toBe(signs);
  }
});
