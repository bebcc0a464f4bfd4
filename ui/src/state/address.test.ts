// @vitest-environment node
import type { ChatKey } from "../chat";
import { describe, expect, it } from "vitest";
import { addressOf, chatAt } from "./address";

describe("a chat's address", () => {
  it.each<ChatKey>(["#lobby", "#größe", "#c.sharp_1-2", "#日本", "@11111111-1111-4111-8111-111111111111"])(
    "leads back to %s",
    (key) => {
      const address = addressOf(key);
      expect(new URL(`http://192.168.1.20:8000/${address}`).hash).toBe(address);
      expect(chatAt(address)).toBe(key);
    },
  );

  it("is empty for the list, and anything else is no chat", () => {
    for (const address of ["", "#", "#/", "#lobby", "#/%E0%A4%A", addressOf(null)]) expect(chatAt(address)).toBeNull();
  });
});
