import { describe, expect, it } from "vitest";
import { directKey, topicKey } from "../chat";
import { firstChat, LOBBY } from "./entrance";
import type { ChatState, RoomState } from "./model";

const chat = (joined: boolean) => ({ joined }) as ChatState;
const sports = topicKey("sports");
const room = (chats: Record<string, ChatState>, topics = Object.keys(chats)) =>
  ({ chats, topics }) as unknown as RoomState;

describe("the chat that a room opens with", () => {
  it("is that of the last visit as soon as it is there, and nothing else before", () => {
    expect(firstChat(room({ [LOBBY]: chat(true) }), null, sports, false)).toBeUndefined();
    expect(firstChat(room({ [LOBBY]: chat(true), [sports]: chat(true) }), null, sports, false)).toBe(sports);
  });

  it("is the lobby once all are told, or any other topic I am in", () => {
    expect(firstChat(room({ [LOBBY]: chat(true) }), null, sports, true)).toBe(LOBBY);
    expect(firstChat(room({ [LOBBY]: chat(false), [sports]: chat(true) }), null, undefined, false)).toBe(sports);
    expect(firstChat(room({}), null, undefined, true)).toBeUndefined();
  });

  it("is the one in the address even if I am not in it, but never one that I left", () => {
    const left = room({ [LOBBY]: chat(true), [sports]: chat(false) });
    expect(firstChat(left, sports, undefined, false)).toBe(sports);
    expect(firstChat(left, null, sports, true)).toBe(LOBBY);
    expect(firstChat(left, directKey("nobody"), undefined, false)).toBeUndefined();
  });
});
