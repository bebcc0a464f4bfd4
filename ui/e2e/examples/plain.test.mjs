// The shortest examples of docs/join-from-anything.md: bare text at /ws/<number>.

import assert from "node:assert/strict";
import { connect } from "node:net";
import { once } from "node:events";
import { test } from "node:test";
import { launch } from "../guest/guest.mjs";
import { Server } from "../guest/server.mjs";
import { blocks, commands, example } from "./document.mjs";
import { Member } from "./member.mjs";
import { NODE, Program } from "./program.mjs";
import { Reader, withPython } from "./reader.mjs";

async function inARoom(story) {
  const server = await Server.start();
  const [member, reader] = await Promise.all([Member.join(server.url, "Bo Berg"), Reader.start()]);
  const running = [];
  const start = (...words) => {
    const program = new Program(words[0], words[0], words.slice(1), reader.options);
    running.push(program);
    return program;
  };
  try {
    await story({ server, member, reader, start });
  } finally {
    for (const program of running) await program.stop("SIGKILL");
    await member.leave();
    await reader.leave();
    await server.stop();
  }
}

/** It said so under that number, once and marked as what it is, and it hears the member. */
async function talks(member, number, text, prints) {
  const { display_name, via } = await member.hears(text);
  assert.deepEqual({ display_name, via }, { display_name: `Client #${number}`, via: "plain" });
  await prints(`You wrote: ${text}`);
  member.say(`Hello, number ${number}`);
  await prints(`Bo Berg says: Hello, number ${number}`);
  await member.hears(`Hello, number ${number}`);
  assert.deepEqual(member.texts, [text, `Hello, number ${number}`]);
}

test("one command in a terminal talks", withPython, () =>
  inARoom(async ({ server, member, start }) => {
    const [{ command, output }] = commands(example("talk", server.url));
    const [typed, echoed, heard] = output.split("\n");
    const terminal = start("sh", "-c", `exec ${command}`);
    await terminal.prints("Connected to");
    const text = typed.replace("> ", "");
    terminal.say(text);
    const shown = [];
    await talks(member, 1, text, (line) => {
      shown.push(`< ${line}`);
      return terminal.prints(`< ${line}`);
    });
    assert.deepEqual(shown, [echoed, heard], "the document shows the same");
  }),
);

test("six lines of Python talk", withPython, () =>
  inARoom(async ({ server, member, reader, start }) => {
    const script = start("python3", reader.file("short.py", example("short.py", server.url)));
    await talks(member, 2, "Hello from number 2", (text) => script.prints(text));
  }),
);

test("three lines of JavaScript talk from Node", () =>
  inARoom(async ({ server, member, reader, start }) => {
    const script = start(...NODE, reader.file("short.mjs", example("short.mjs", server.url)));
    await talks(member, 3, "Hello from number 3", (text) => script.prints(text));
  }));

test("the same three talk from a browser", () =>
  inARoom(async ({ server, member }) => {
    const browser = await launch();
    try {
      const page = await browser.newPage();
      const printed = [];
      page.on("console", (line) => printed.push(line.text()));
      await page.goto(server.url);
      await page.evaluate(example("short.mjs", server.url));
      await talks(member, 3, "Hello from number 3", async (text) => {
        if (!printed.includes(text)) await page.waitForEvent("console", (line) => line.text() === text);
      });
    } finally {
      await browser.close();
    }
  }));

/** The answer to a handshake with these header lines, as a board writes them. */
async function shake(url, path, ...lines) {
  const { host, hostname, port } = new URL(url);
  const key = Buffer.alloc(16, 7).toString("base64");
  const socket = connect(Number(port), hostname);
  const upgrade = [`Host: ${host}`, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"];
  socket.write([`GET ${path} HTTP/1.1`, ...upgrade, `Sec-WebSocket-Key: ${key}`, ...lines, "", ""].join("\r\n"));
  try {
    const [answer] = await once(socket.setEncoding("utf8"), "data");
    return answer.split("\r\n")[0];
  } finally {
    socket.destroy();
  }
}

test("what the sketch for the board says about its library is so", () =>
  inARoom(async ({ server }) => {
    const { text } = blocks.get("button.ino");
    const [, path] = /room\.begin\(HOST, 8000, "([^"]+)", ""\)/.exec(text);
    assert.match(await shake(server.url, path, "User-Agent: arduino-WebSocket-Client"), / 101 /);
    const [, origin] = /"(Origin: [^"]+)", and the room answers 403/.exec(text);
    assert.match(await shake(server.url, path, origin), / 403 /);
  }));
