// The honest member: landline-cli in the same room, which knows nothing of the examples.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Program } from "./program.mjs";

export class Member {
  #folder;
  #program;

  /** Joins the room at `url`; returns once live messages come. */
  static async join(url, name, topic = "lobby") {
    const member = new Member();
    member.#folder = await mkdtemp(join(tmpdir(), "landline-member-"));
    const words = ["join", new URL(url).host, "--as", name, "--topic", topic, "--json", "--data", member.#folder];
    member.#program = new Program(name, process.env.LANDLINE_CLI, words);
    await member.frame((type) => type === "TOPIC_JOINED");
    return member;
  }

  /** The first frame that `wanted(type, data)` accepts. */
  frame(wanted) {
    return this.#program.prints((line) => {
      const { type, data } = JSON.parse(line);
      return wanted(type, data) && data;
    });
  }

  say(text) {
    this.#program.say(text);
  }

  /** Says it, and waits until the host has it on its disk. */
  async saysAndIsStored(text) {
    this.say(text);
    const { message_id } = await this.hears(text);
    await this.frame((type, data) => type === "MSG_ACK" && data.message_id === message_id);
  }

  /** The message of exactly that text. */
  hears(text) {
    return this.frame((type, data) => type === "MSG" && data.content === text);
  }

  /** All texts of the topic in the order in which they came. */
  get texts() {
    const frames = this.#program.lines.map((line) => JSON.parse(line));
    return frames.filter(({ type }) => type === "MSG").map(({ data }) => data.content);
  }

  async leave() {
    await this.#program.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
