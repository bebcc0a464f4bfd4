// The Python of docs/join-from-anything.md, and of docs/protocol.md.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Server } from "../guest/server.mjs";
import { example, root } from "./document.mjs";
import { Member } from "./member.mjs";
import { Program } from "./program.mjs";
import { Link } from "./proxy.mjs";
import { Reader, withPython } from "./reader.mjs";

/** A room, an honest member in it and somebody who tries `name`; `story` gets them and is cleaned up after. */
async function inARoom(story, limits) {
  const server = await Server.start(limits);
  const [member, other, reader] = await Promise.all([
    Member.join(server.url, "Bo Berg"),
    Member.join(server.url, "Cleo"),
    Reader.start(),
  ]);
  const link = await Link.to(server.url);
  const running = [];
  const run = (name, text, ...words) => {
    const program = new Program(name, "python3", [reader.file(name, text), ...words], reader.options);
    running.push(program);
    return program;
  };
  const start = (name, url = server.url) => run(name, example(name, url));
  try {
    await story({ server, member, other, link, run, start });
  } finally {
    for (const program of running) await program.stop("SIGKILL");
    await link.cut();
    await Promise.all([member.leave(), other.leave()]);
    await reader.leave();
    await server.stop();
  }
}

test("a dozen lines of Python join, talk, know that it is stored, and hear", withPython, () =>
  inARoom(async ({ server, member, start }) => {
    const script = start("hello.py");
    const { from, display_name, seq } = await member.hears("Hello from Python");
    assert.equal(display_name, "Python");
    await script.prints(`It is on the host's disk, as number ${seq}`);
    assert.equal((await server.messages("lobby")).at(-1).from, from, "what is acknowledged is in the log");
    await member.saysAndIsStored("Hello, Python");
    await script.prints("Bo Berg> Hello, Python");
  }),
);

test("the ten lines of the protocol's document talk and hear", withPython, () =>
  inARoom(async ({ server, member, run }) => {
    const protocol = readFileSync(join(root, "docs/protocol.md"), "utf8");
    const script = run("ten.py", /```python\n([^]*?)```/.exec(protocol)[1], new URL(server.url).host);
    await member.hears("Hello from Python");
    await member.saysAndIsStored("Hello, ten lines");
    await script.prints("Bo Berg> Hello, ten lines");
  }),
);

test("the Python bot answers what was asked while it was away, once", withPython, () =>
  inARoom(async ({ member, link, start }) => {
    const bot = start("bot.py", link.url);
    await bot.prints("In lobby");
    await member.saysAndIsStored("!echo at home");
    await member.hears("at home");
    await link.cut();
    await bot.prints("Away:");
    for (let number = 1; number <= 3; number += 1) await member.saysAndIsStored(`!echo away ${number}`);
    await link.mend();
    await member.hears("away 3");
    await member.saysAndIsStored("!echo back");
    await member.hears("back");
    const answers = member.texts.filter((text) => !text.startsWith("!echo"));
    assert.deepEqual(answers, ["at home", "away 1", "away 2", "away 3", "back"]);
  }),
);

test("an acknowledgement that was lost does not make the Python bot say it twice", withPython, () =>
  inARoom(async ({ server, member, link, start }) => {
    const bot = start("bot.py", link.url);
    await bot.prints("In lobby");
    await member.saysAndIsStored("!echo ready");
    await member.hears("ready");
    link.loseTheNextAnswer();
    await member.saysAndIsStored("!echo once");
    await member.hears("once");
    await link.cut();
    await link.mend();
    await member.saysAndIsStored("!echo again");
    await member.hears("again");
    const said = (await server.messages("lobby")).map(({ content }) => content);
    assert.deepEqual(said, ["!echo ready", "ready", "!echo once", "once", "!echo again", "again"]);
  }),
);

test("an answer of the Python bot that never reached the host is sent again", withPython, () =>
  inARoom(async ({ member, link, start }) => {
    const bot = start("bot.py", link.url);
    await bot.prints("In lobby");
    await member.saysAndIsStored("!echo ready");
    await member.hears("ready");
    const lost = link.loseTheNextMessage();
    await member.saysAndIsStored("!echo lost");
    await lost;
    await link.cut();
    await link.mend();
    await member.hears("lost");
  }),
);

test("the Python bot survives the death of the host", withPython, () =>
  inARoom(async ({ server, member, start }) => {
    const bot = start("bot.py");
    await bot.prints("In lobby");
    await server.kill();
    await bot.prints("Away:");
    await server.again();
    await member.saysAndIsStored("!echo alive");
    await member.hears("alive");
  }),
);

test("the Python bot keeps the pace that a room asks for", withPython, () =>
  inARoom(async ({ member, other, start }) => {
    const bot = start("bot.py");
    await bot.prints("In lobby");
    const asked = Array.from({ length: 14 }, (_, number) => `number ${number}`);
    // Two members: together they ask faster than one bot may answer.
    for (const [number, text] of asked.entries()) (number % 2 ? member : other).say(`!echo ${text}`);
    for (const text of asked) await member.hears(text);
    const answers = member.texts.filter((text) => text.startsWith("number"));
    assert.deepEqual([...answers].sort(), [...asked].sort(), "each once");
  }, "on"),
);
