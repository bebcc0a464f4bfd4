// @vitest-environment node
import { expect, it } from "vitest";
import { oldAddresses } from "./old";

it("tells each older chat system where to enter", () => {
  expect(oldAddresses("http://192.168.1.20:8000").map(({ via, address }) => `${via} ${address}`)).toEqual([
    "plain ws://192.168.1.20:8000/ws/1",
    "pair ws://192.168.1.20:8000/chat/public",
    "topic ws://192.168.1.20:8000/ws",
    "activity ws://192.168.1.20:8000/ws/activity",
    "fastchat ws://192.168.1.20:8000/ws",
  ]);
  expect(oldAddresses("https://[fd00::5]:8000/")[0]!.address).toBe("wss://[fd00::5]:8000/ws/1");
});
