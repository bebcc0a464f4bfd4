// A network between one program and the room that can be cut, and that can lose what is said in one direction.

import { createServer, connect } from "node:net";
import { once } from "node:events";

/** Frames that carry a message are longer than this; keep-alives are not. */
const MESSAGE_BYTES = 60;

export class Link {
  #room;
  #server;
  #port = 0;
  #pairs = new Set();
  /** What happens to the next message of the program, and whom to tell. */
  #plan;

  static async to(url) {
    const link = new Link();
    link.#room = new URL(url);
    await link.mend();
    return link;
  }

  get url() {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Lets connections through (again), at the same address. */
  async mend() {
    this.#server = createServer((near) => this.#pair(near)).listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = this.#server.address().port;
  }

  /** The next message of the program reaches the room, but from then on the room is not heard any more. */
  loseTheNextAnswer() {
    return this.#next("answer");
  }

  /** The next message of the program is lost, and all after it. Resolves when that has happened. */
  loseTheNextMessage() {
    return this.#next("message");
  }

  #next(loses) {
    return new Promise((done) => (this.#plan = { loses, done }));
  }

  /** Ends all connections without a goodbye and takes no new ones. */
  async cut() {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const sockets of this.#pairs) for (const socket of sockets) socket.destroy();
    await closed;
  }

  #pair(near) {
    const far = connect(Number(this.#room.port), this.#room.hostname);
    const sockets = [near, far];
    this.#pairs.add(sockets);
    let lost;
    near.on("data", (bytes) => {
      if (this.#plan && bytes.length > MESSAGE_BYTES) {
        lost = this.#plan.loses;
        this.#plan.done();
        this.#plan = undefined;
      }
      if (lost !== "message") far.write(bytes);
    });
    far.on("data", (bytes) => lost !== "answer" && near.write(bytes));
    for (const socket of sockets) {
      socket.on("error", () => {});
      socket.on("close", () => {
        for (const each of sockets) each.destroy();
        this.#pairs.delete(sockets);
      });
    }
  }
}
