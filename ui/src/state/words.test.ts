// @vitest-environment node
import { describe, expect, it } from "vitest";
import { wordNotice, wordTitle } from "./words";
import { ANA, BO, ROOM, after, inLobby, message, msg } from "./world.fixture";

describe("words outside of the page", () => {
  it("the window's title says where we are and what is unread anywhere", () => {
    const state = inLobby();
    expect(wordTitle(state, null, null)).toBe("Landline");
    expect(wordTitle(state, ROOM, null)).toBe("Workshop · Landline");
    expect(wordTitle(state, ROOM, "#lobby")).toBe("#lobby · Workshop · Landline");
    expect(wordTitle(state, ROOM, `@${BO}`)).toBe("Bo Berg · Workshop · Landline");
    const unread = after(state, msg(message(1)), msg(message(1, { to: ANA })));
    expect(wordTitle(unread, ROOM, "#lobby")).toBe("(2) #lobby · Workshop · Landline");
  });

  it("a notice is one line, however long and wild the message is", () => {
    const last = message(1, { content: `first\n\n\tsecond ${"👩‍👩‍👧".repeat(200)}` });
    const { title, body } = wordNotice(inLobby(), { room: ROOM, key: "#lobby", count: 1, last });
    expect(title).toBe("Bo Berg in #lobby · Workshop");
    expect(body).toMatch(/^first second /);
    expect([...body].length).toBeLessThanOrEqual(161);
  });

  it("a notice of several says how many", () => {
    const { body } = wordNotice(inLobby(), { room: ROOM, key: `@${BO}`, count: 3, last: message(3) });
    expect(body).toContain("3");
    expect(wordNotice(inLobby(), { room: ROOM, key: null, count: 7, last: message(3) }).body).toContain("7");
  });
});
