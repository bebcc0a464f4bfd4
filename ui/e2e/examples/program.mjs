// A program that runs while a test listens to what it prints.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** How long anything may take before the test fails. */
export const PATIENCE = 30_000;

/** Node with what makes it know the WebSocket of a browser: version 20 has it behind a switch, later ones have it. */
export const NODE = [process.execPath, ...(typeof WebSocket === "undefined" ? ["--experimental-websocket"] : [])];

export class Program {
  lines = [];
  #child;
  #closed;
  #errors = "";
  #heard = new Set();

  /** `name` is what a failure calls it. */
  constructor(name, command, args, options = {}) {
    this.name = name;
    this.#child = spawn(command, args, { ...options, stdio: ["pipe", "pipe", "pipe"] });
    this.#child.stdin.on("error", () => {});
    this.#child.stderr.setEncoding("utf8").on("data", (text) => (this.#errors += text));
    this.#closed = once(this.#child, "close").then(() => this.#tell());
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      this.lines.push(line);
      this.#tell();
    });
  }

  get ended() {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** What it said to people. */
  get errors() {
    return this.#errors;
  }

  say(line) {
    this.#child.stdin.write(`${line}\n`);
  }

  /** The first line that `wanted` (a text in it, or a function that makes something of it) accepts. */
  async prints(wanted) {
    const take = typeof wanted === "function" ? wanted : (line) => line.includes(wanted) && line;
    const deadline = AbortSignal.timeout(PATIENCE);
    for (let at = 0; ;) {
      for (; at < this.lines.length; at += 1) {
        const taken = take(this.lines[at]);
        if (taken) return taken;
      }
      assert.ok(!this.ended && !deadline.aborted, `${this.name} did not print ${wanted}\n${this.#story()}`);
      await this.#news(deadline);
    }
  }

  /** Waits for its end; the exit code. */
  async exit() {
    const deadline = AbortSignal.timeout(PATIENCE);
    while (!this.ended) {
      assert.ok(!deadline.aborted, `${this.name} does not end\n${this.#story()}`);
      await this.#news(deadline);
    }
    await this.#closed;
    return this.#child.exitCode;
  }

  /** Asks it to end; a program that a test has left behind is killed. */
  async stop(signal = "SIGTERM") {
    if (!this.ended) this.#child.kill(signal);
    try {
      return await this.exit();
    } finally {
      if (!this.ended) this.#child.kill("SIGKILL");
    }
  }

  #news(deadline) {
    return new Promise((resolve) => {
      this.#heard.add(resolve);
      deadline.addEventListener("abort", resolve, { once: true });
    });
  }

  #tell() {
    for (const resolve of this.#heard) resolve();
    this.#heard.clear();
  }

  #story() {
    return `it printed:\n${this.lines.join("\n")}\n${this.#errors}`;
  }
}
