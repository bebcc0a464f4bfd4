// @vitest-environment node
// A whole conversation over a bad network, again and again from different seeds: frames are late, connections are cut
// with frames in both directions on the way, the host refuses for its rate. At the end both sides hold the same log, and
// of what disappears, which stands among it, the guest was given all that lived long enough, once and in its place.

import { describe, expect, it } from "vitest";
import type { ClientFrame, Message, ServerFrame } from "../../wire";
import { BO, HostEnd, ME, ROOM, Stage, message } from "./scripted.fixture";

/** A small generator of numbers from 0 to 1 (mulberry32), so that a failing seed can be run again. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** One connection of the guest as the host sees it: what it has read of it, and what it has said that is on its way. */
interface Line {
  readonly end: HostEnd;
  read: number;
  readonly down: ServerFrame[];
  isOpen: boolean;
  joined: boolean;
  gate: string | null;
}

class Host {
  readonly log: Message[] = [];
  /** What disappears, also after it has. */
  readonly passing: Message[] = [];
  /** All that was taken, in the order of taking. */
  readonly taken: Message[] = [];
  readonly lines: Line[] = [];
  constructor(
    private readonly chance: () => number,
    private readonly now: () => number,
  ) {}

  write(from: string, content: string, messageId: string): Message {
    return this.#say(this.log, message(this.log.length + 1, content, { from, message_id: messageId }));
  }

  /** One that disappears `life` milliseconds from now. */
  whisper(from: string, content: string, messageId: string, life: number): Message {
    const timestamp = new Date(this.now()).toISOString();
    const expires_at = new Date(this.now() + life).toISOString();
    const place = { from, message_id: messageId, timestamp, expires_at, order: this.passing.length + 1 };
    return this.#say(this.passing, message(this.log.length, content, place));
  }

  living(): Message[] {
    return this.passing.filter((entry) => Date.parse(entry.expires_at!) > this.now());
  }

  #say(list: Message[], entry: Message): Message {
    list.push(entry);
    this.taken.push(entry);
    for (const line of this.lines) if (line.joined) line.down.push({ type: "MSG", data: entry });
    return entry;
  }

  hear(line: Line, frame: ClientFrame): void {
    switch (frame.type) {
      case "HELLO": {
        const limits = { text_bytes: 16_384, messages_burst: 0, messages_per_second: 0, in_flight: 8 };
        const ack = {
          user_id: ME,
          status: "connected",
          via: "browser" as const,
          room: ROOM,
          epoch: "1.a",
          time: "2026-01-01T00:00:00.000Z",
          limits,
        };
        line.down.push({ type: "HELLO_ACK", data: ack });
        return;
      }
      case "JOIN_TOPIC": {
        line.joined = true;
        // How many were said before, so that the test knows which of them the guest is owed.
        const member_count = this.passing.length;
        const joined = { topic: "lobby", epoch: "1.a", seq: this.log.length, members: [], member_count, read: 0 };
        line.down.push({ type: "TOPIC_JOINED", data: joined });
        return;
      }
      case "RESUME": {
        const missed = this.log.slice(frame.data.seq);
        const stored = missed.slice(0, 3);
        const seq = stored.at(-1)?.seq ?? frame.data.seq;
        const more = missed.length > stored.length;
        const between = this.living().filter((entry) => entry.seq >= frame.data.seq && (!more || entry.seq <= seq));
        const messages = [...stored, ...between].sort(inPlace);
        line.down.push({
          type: "RESUMED",
          data: { topic: "lobby", recovered: true, epoch: "1.a", seq, messages, more },
        });
        return;
      }
      case "MSG":
        return this.#take(line, frame.data.content, frame.data.message_id!);
      default:
        return;
    }
  }

  #take(line: Line, content: string, messageId: string): void {
    const known = this.taken.find((entry) => entry.from === ME && entry.message_id === messageId);
    if (!known && line.gate !== null && line.gate !== messageId) return this.#refuse(line, messageId, line.gate);
    if (!known && this.chance() < 0.15) return this.#refuse(line, messageId, (line.gate = messageId));
    if (line.gate === messageId) line.gate = null;
    const fresh = () =>
      content.startsWith("whisper") ? this.whisper(ME, content, messageId, 2_000) : this.write(ME, content, messageId);
    const { epoch, seq, expires_at } = known ?? fresh();
    const status = expires_at === undefined ? "stored" : "sent";
    line.down.push({
      type: "MSG_ACK",
      data: { message_id: messageId, epoch, seq, status, dup: known !== undefined },
    });
  }

  #refuse(line: Line, message_id: string, retry_from: string): void {
    const details = { message_id, retry_from, retry_after_ms: 200 };
    line.down.push({ type: "ERROR", data: { code: "RATE_LIMITED", message: "slowly", details } });
  }
}

const inPlace = (a: Message, b: Message): number => a.seq - b.seq || (a.order ?? 0) - (b.order ?? 0);

/** One conversation; answers what the guest saw and what the host holds. */
function converse(seed: number, steps: number): { seen: Message[]; host: Host; stage: Stage; written: string[] } {
  const chance = dice(seed);
  const stage = new Stage(chance);
  const host = new Host(chance, () => stage.clock.now());
  const written: string[] = [];
  const meet = () => {
    for (const end of stage.ends.slice(host.lines.length)) {
      host.lines.push({ end, read: 0, down: [], isOpen: false, joined: false, gate: null });
    }
  };
  const step = (mayCut: boolean) => {
    meet();
    const line = host.lines.at(-1)!;
    const dead = line.end.ended;
    if (!dead && !line.isOpen && chance() < 0.7) {
      line.isOpen = true;
      line.end.open();
    }
    // What was sent on a line that was cut may still arrive at the host.
    const heard = line.end.heard.length - line.read;
    for (let count = Math.floor(chance() * (heard + 1)); count > 0; count -= 1)
      host.hear(line, line.end.heard[line.read++]!);
    for (let count = Math.floor(chance() * (line.down.length + 1)); count > 0 && !dead; count -= 1) {
      line.end.say(line.down.shift()!);
    }
    if (mayCut && !dead && chance() < 0.04) {
      line.joined = false;
      line.end.close(1006);
    }
    stage.clock.turn(Math.floor(chance() * 400));
  };
  stage.session.connection.connect();
  for (let index = 0; index < steps; index += 1) {
    if (chance() < 0.3) {
      written.push(`${chance() < 0.3 ? "whisper" : "mine"} ${written.length}`);
      stage.write(written.at(-1)!);
    }
    if (chance() < 0.3) host.write(BO, `his ${index}`, `bo-${index}`);
    // Some are over before a break is, and some outlive the conversation.
    if (chance() < 0.3) host.whisper(BO, `whispered ${index}`, `bo-w-${index}`, chance() < 0.5 ? 1_000 : 3_600_000);
    step(true);
  }
  for (let index = 0; index < 600; index += 1) step(false);
  const seen = stage.events.flatMap((event) =>
    event.type === "frame" && event.frame.type === "MSG" ? [event.frame.data] : [],
  );
  return { seen, host, stage, written };
}

describe("a guest on a bad network", () => {
  it.each(Array.from({ length: 60 }, (_, index) => index + 1))("loses nothing and doubles nothing, seed %i", (seed) => {
    const { seen, host, stage, written } = converse(seed, 150);
    // What I wrote was taken once each, in the order of writing.
    expect(host.taken.filter((entry) => entry.from === ME).map((entry) => entry.content)).toEqual(written);
    expect(stage.session.outbox.all()).toEqual([]);
    // What came of the log is without a hole from where I came in to the host's end, and in order.
    const stored = seen.filter((entry) => entry.expires_at === undefined).map((entry) => entry.seq);
    const first = stored[0] ?? 1;
    expect(stored).toEqual(Array.from({ length: stored.length }, (_, index) => first + index));
    expect(stored.at(-1)).toBe(host.log.length);
    // Nothing came twice, and everything in its place; only what was said before I came in may be brought by a gap later.
    const names = seen.map((entry) => `${entry.from} ${entry.message_id}`);
    expect(new Set(names).size).toBe(names.length);
    const before = stage.events.flatMap((event) =>
      event.type === "frame" && event.frame.type === "TOPIC_JOINED" ? [event.frame.data.member_count] : [],
    );
    const since = seen.filter((entry) => entry.order === undefined || entry.order > before[0]!);
    expect(since).toEqual(since.toSorted(inPlace));
    // What still lives and was said since was given to me.
    const owed = host.living().filter((entry) => entry.order! > before[0]!);
    expect(owed.length).toBeGreaterThan(0);
    expect(names).toEqual(expect.arrayContaining(owed.map((entry) => `${entry.from} ${entry.message_id}`)));
  });
});
