// A real landline-cli that hosts a room on 127.0.0.1. It is ended by its own process id.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const program = process.env.LANDLINE_CLI;
if (!program) throw new Error("LANDLINE_CLI must name the landline-cli to test; ./dev test does so");

export class Server {
  #child;
  #folder;
  #port = 0;
  #limits = "off";
  url = "";

  /** Starts one in a fresh data folder; `limits` "on" holds its members to the usual pace. */
  static async start(limits = "off") {
    const server = new Server();
    server.#limits = limits;
    server.#folder = await mkdtemp(join(tmpdir(), "landline-e2e-"));
    await server.again();
    return server;
  }

  /** Starts it (again) with the same data folder and port, so that the same room is back at the same address. */
  async again(...more) {
    const args = "serve --name Workshop --no-announce --bind 127.0.0.1 --json --rate-limit".split(" ");
    this.#child = spawn(
      program,
      [...args, this.#limits, "--port", String(this.#port), "--data", this.#folder, ...more],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    for await (const line of createInterface({ input: this.#child.stdout })) {
      const said = JSON.parse(line);
      if (said.event !== "listening") continue;
      this.url = said.url;
      this.#port = Number(new URL(said.url).port);
      return;
    }
    throw new Error("landline-cli ended before it listened");
  }

  get pid() {
    return this.#child.pid;
  }

  /** kill -9: no goodbye, no flush. */
  async kill() {
    await this.#end("SIGKILL");
  }

  async stop() {
    await this.#end("SIGTERM");
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** What the room's log holds, as anybody on the network can read it. */
  async messages(topic) {
    const response = await fetch(`${this.url}/api/topics/${topic}/messages?limit=500`);
    return (await response.json()).messages;
  }

  async #end(signal) {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, "exit");
    this.#child.kill(signal);
    await gone;
  }
}
