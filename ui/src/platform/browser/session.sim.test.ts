// @vitest-environment node
// A whole conversation over a bad network, again and again from different seeds: frames are late, connections are cut
// with frames in both directions on the way, the host refuses for its rate. At the end both sides hold the same log.

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
  readonly lines: Line[] = [];
  constructor(private readonly chance: () => number) {}

  write(from: string, content: string, messageId: string): Message {
    const entry = message(this.log.length + 1, content, { from, message_id: messageId });
    this.log.push(entry);
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
        const joined = { topic: "lobby", epoch: "1.a", seq: this.log.length, members: [], member_count: 1, read: 0 };
        line.down.push({ type: "TOPIC_JOINED", data: joined });
        return;
      }
      case "RESUME": {
        const missed = this.log.slice(frame.data.seq);
        const messages = missed.slice(0, 3);
        const seq = messages.at(-1)?.seq ?? frame.data.seq;
        const more = missed.length > messages.length;
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
    const known = this.log.find((entry) => entry.from === ME && entry.message_id === messageId);
    if (!known && line.gate !== null && line.gate !== messageId) return this.#refuse(line, messageId, line.gate);
    if (!known && this.chance() < 0.15) return this.#refuse(line, messageId, (line.gate = messageId));
    if (line.gate === messageId) line.gate = null;
    const { epoch, seq } = known ?? this.write(ME, content, messageId);
    line.down.push({
      type: "MSG_ACK",
      data: { message_id: messageId, epoch, seq, status: "stored", dup: known !== undefined },
    });
  }

  #refuse(line: Line, message_id: string, retry_from: string): void {
    const details = { message_id, retry_from, retry_after_ms: 200 };
    line.down.push({ type: "ERROR", data: { code: "RATE_LIMITED", message: "slowly", details } });
  }
}

/** One conversation; answers what the guest saw and what the host holds. */
function converse(seed: number, steps: number): { seen: number[]; host: Host; stage: Stage; written: string[] } {
  const chance = dice(seed);
  const stage = new Stage(chance);
  const host = new Host(chance);
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
      written.push(`mine ${written.length}`);
      stage.write(written.at(-1)!);
    }
    if (chance() < 0.3) host.write(BO, `his ${index}`, `bo-${index}`);
    step(true);
  }
  for (let index = 0; index < 600; index += 1) step(false);
  return { seen: stage.seen(), host, stage, written };
}

describe("a guest on a bad network", () => {
  it.each(Array.from({ length: 60 }, (_, index) => index + 1))("loses nothing and doubles nothing, seed %i", (seed) => {
    const { seen, host, stage, written } = converse(seed, 150);
    // What I wrote is stored once each, in the order of writing.
    expect(host.log.filter((entry) => entry.from === ME).map((entry) => entry.content)).toEqual(written);
    expect(stage.session.outbox.all()).toEqual([]);
    // What came is without a hole from where I came in to the host's end, and in order.
    const first = seen[0] ?? 1;
    expect(seen).toEqual(Array.from({ length: seen.length }, (_, index) => first + index));
    expect(seen.at(-1)).toBe(host.log.length);
  });
});
