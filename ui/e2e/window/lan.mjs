// A network of its own for each test: a bridge, and one network namespace with an address a person. Discovery uses the
// real multicast and the real sockets, and nothing leaves the machine.

import { execFileSync } from "node:child_process";

const SUBNET = "10.77.1";

export class Lan {
  #bridge = `llw${process.pid}`;
  #places = [];

  static make(people) {
    const lan = new Lan();
    try {
      lan.#build(people);
    } catch (error) {
      lan.remove();
      throw error;
    }
    return lan;
  }

  /** `{ name, address }` of a person's namespace. */
  place(index) {
    return this.#places[index];
  }

  remove() {
    for (const { name, cable } of this.#places) {
      attempt("link", "delete", cable); // first: a namespace lives on while a process of it does
      attempt("netns", "delete", name);
    }
    attempt("link", "delete", this.#bridge);
  }

  #build(people) {
    ip("link", "add", this.#bridge, "type", "bridge");
    ip("address", "add", `${SUBNET}.254/24`, "dev", this.#bridge);
    ip("link", "set", this.#bridge, "up");
    for (let index = 0; index < people; index += 1) this.#plugIn(index);
  }

  #plugIn(index) {
    const name = `${this.#bridge}n${index}`;
    const cable = `${this.#bridge}c${index}`.slice(-15);
    const address = `${SUBNET}.${index + 1}`;
    ip("netns", "add", name);
    this.#places.push({ name, address, cable });
    ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", name);
    ip("link", "set", cable, "master", this.#bridge, "up");
    ip("-n", name, "link", "set", "lo", "up");
    ip("-n", name, "address", "add", `${address}/24`, "broadcast", "+", "dev", "eth0");
    ip("-n", name, "link", "set", "eth0", "up");
  }
}

function ip(...args) {
  execFileSync("ip", args, { stdio: ["ignore", "pipe", "pipe"] });
}

function attempt(...args) {
  try {
    ip(...args);
  } catch {
    // it was never made, or is gone already
  }
}
