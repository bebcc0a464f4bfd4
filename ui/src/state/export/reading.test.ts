import { describe, expect, it } from "vitest";
import { topicKey } from "../../chat";
import type { ClientFrame, History, Message, PlatformEvent } from "../../wire";
import { Broken, type Piece, Reading } from "./reading";

const lobby = topicKey("lobby");
const message = (seq: number) => ({ seq, content: `text ${seq}` }) as Message;
const seqs = (pieces: Piece[]) => pieces.map((piece) => piece.messages.map((one) => one.seq));

function read(pages: Record<number, Partial<History>>) {
  const asked: number[] = [];
  const reading = new Reading("r", lobby, (frame: ClientFrame) => {
    if (frame.type !== "HISTORY") return;
    const { after = 0 } = frame.data;
    asked.push(after);
    const data = { topic: "lobby", after, messages: [], more: false, ...pages[after] } as History;
    queueMicrotask(() => reading.takes({ type: "frame", room: "r", frame: { type: "HISTORY", data } }));
  });
  return { reading, asked };
}

async function all(reading: Reading): Promise<Piece[]> {
  const pieces: Piece[] = [];
  for await (const piece of reading.all()) pieces.push(piece);
  return pieces;
}

describe("reading a chat for an export", () => {
  it("goes from the first page to the last", async () => {
    const { reading, asked } = read({
      0: { messages: [message(1), message(2)], more: true },
      2: { messages: [message(3)] },
    });
    const pieces = await all(reading);
    expect(seqs(pieces)).toEqual([[1, 2], [3]]);
    expect(pieces.some((piece) => piece.gap)).toBe(false);
    expect(asked).toEqual([0, 2]);
  });

  it("says where messages are missing, at the beginning and when they are removed meanwhile", async () => {
    const { reading } = read({
      0: { messages: [message(7), message(8)], more: true, oldest: 7 },
      8: { messages: [message(12)], oldest: 12 },
    });
    expect((await all(reading)).map((piece) => piece.gap)).toEqual([true, true]);
    const empty = read({ 0: { oldest: 4 } });
    expect(await all(empty.reading)).toEqual([{ gap: true, messages: [] }]);
  });

  it("takes its own pages only", async () => {
    const reading = new Reading("r", lobby, () => {});
    const page = (data: Partial<History>, room = "r"): PlatformEvent => ({
      type: "frame",
      room,
      frame: { type: "HISTORY", data: { topic: "lobby", messages: [], more: false, ...data } },
    });
    expect(reading.takes(page({ after: 0 }))).toBe(false);
    const first = reading.all().next();
    for (const other of [
      page({ after: 5 }),
      page({ before: 0 }),
      page({ after: 0, topic: "x" }),
      page({ after: 0 }, "q"),
    ]) {
      expect(reading.takes(other)).toBe(false);
    }
    expect(reading.takes(page({ after: 0 }))).toBe(true);
    await first;
  });

  it("fails when the connection breaks: half of it would look like all", async () => {
    const reading = new Reading("r", lobby, () => {});
    const first = reading.all().next();
    const lost = { state: "waiting", reason: "host_gone", detail: "", retry_in_ms: 1 } as const;
    reading.takes({ type: "connection", room: "r", connection: lost });
    await expect(first).rejects.toBeInstanceOf(Broken);
  });
});
