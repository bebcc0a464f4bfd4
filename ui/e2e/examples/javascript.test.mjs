// The JavaScript of docs/join-from-anything.md, in Node and in a browser.

import assert from "node:assert/strict";
import { test } from "node:test";
import { launch } from "../guest/guest.mjs";
import { Server } from "../guest/server.mjs";
import { document, example } from "./document.mjs";
import { Member } from "./member.mjs";
import { NODE, Program } from "./program.mjs";
import { Reader } from "./reader.mjs";

async function talksTo(server, member, prints) {
  const { display_name, seq, from } = await member.hears("Hello from JavaScript");
  assert.equal(display_name, "JavaScript");
  await prints(`It is on the host's disk, as number ${seq}`);
  assert.equal((await server.messages("lobby")).at(-1).from, from);
  await member.saysAndIsStored("Hello, JavaScript");
  await prints("Bo Berg> Hello, JavaScript");
}

test("the lines of JavaScript talk from Node", async () => {
  const server = await Server.start();
  const [member, reader] = await Promise.all([Member.join(server.url, "Bo Berg"), Reader.start()]);
  assert.ok(document.includes(["node", ...NODE.slice(1), "hello.mjs"].join(" ")), "the document names this command");
  const script = reader.file("hello.mjs", example("hello.mjs", server.url));
  const node = new Program("hello.mjs", NODE[0], [...NODE.slice(1), script], reader.options);
  try {
    await talksTo(server, member, (text) => node.prints(text));
  } finally {
    await node.stop("SIGKILL");
    await member.leave();
    await reader.leave();
    await server.stop();
  }
});

test("the same lines talk from a browser that shows the room's page", async () => {
  const server = await Server.start();
  const [member, browser] = await Promise.all([Member.join(server.url, "Bo Berg"), launch()]);
  try {
    const page = await browser.newPage();
    const printed = [];
    page.on("console", (line) => printed.push(line.text()));
    await page.goto(server.url);
    await page.evaluate(example("hello.mjs", server.url));
    await talksTo(server, member, async (text) => {
      if (!printed.includes(text)) await page.waitForEvent("console", (line) => line.text() === text);
    });
  } finally {
    await browser.close();
    await member.leave();
    await server.stop();
  }
});
