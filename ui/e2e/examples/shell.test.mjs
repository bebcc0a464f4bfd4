// The shell of docs/join-from-anything.md: each command is run as it stands there, and what it prints has the shape that
// the document shows.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { Server } from "../guest/server.mjs";
import { blocks, commands, example, root } from "./document.mjs";
import { Member } from "./member.mjs";
import { Program } from "./program.mjs";
import { Reader } from "./reader.mjs";

const run = promisify(execFile);

/** The same keys with values of the same kinds; of a list the first. What the document shows must be there. */
function shape(value) {
  if (Array.isArray(value)) return value.slice(0, 1).map(shape);
  if (value === null || typeof value !== "object") return typeof value;
  const entries = Object.entries(value).map(([key, inner]) => [key, shape(inner)]);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function looksLike(shown, printed, command) {
  if (!/^[[{]/.test(shown)) return assert.equal(printed, shown, command);
  assert.deepEqual(shape(JSON.parse(printed)), shape(JSON.parse(shown)), command);
}

/** Runs every command of a console block one after the other. */
async function runs(name, url, reader) {
  for (const { command, output } of commands(example(name, url))) {
    const { stdout } = await run("sh", ["-c", command], reader.options);
    looksLike(output, stdout.trimEnd(), command);
  }
}

async function inARoom(story) {
  const server = await Server.start();
  const [member, reader] = await Promise.all([Member.join(server.url, "Bo Berg"), Reader.start()]);
  try {
    await story({ server, member, reader });
  } finally {
    await member.leave();
    await reader.leave();
    await server.stop();
  }
}

test("curl reads what the document says it reads", () =>
  inARoom(async ({ server, member, reader }) => {
    await member.saysAndIsStored("Lunch?");
    await runs("curl", server.url, reader);
    const { command } = commands(example("curl", server.url)).find((each) => each.command.includes("/messages"));
    const { stdout } = await run("sh", ["-c", command], reader.options);
    assert.equal(JSON.parse(stdout).messages[0].content, "Lunch?");
    assert.equal((await fetch(`${server.url}/docs`)).status, 200, "the room describes itself");
  }));

test("curl is online while its heart beats", () =>
  inARoom(async ({ server, reader }) => {
    await runs("presence", server.url, reader);
    const { users } = await (await fetch(`${server.url}/presence/online`)).json();
    assert.ok(users.some(({ display_name }) => display_name === "Sensor"));
  }));

test("landline-cli send delivers a word and the output of a program", () =>
  inARoom(async ({ server, member, reader }) => {
    const status = await Member.join(server.url, "Cleo", "status");
    await runs("send", server.url, reader);
    assert.equal((await member.hears("Lunch?")).display_name, "Ana");
    const { topic, content } = await status.frame((type, data) => type === "MSG" && data.display_name === "Server");
    assert.equal(topic, "status");
    assert.match(content, /load average/);
    await status.leave();
  }));

test("the bot in shell answers, says goodbye, and leaves nothing behind", () =>
  inARoom(async ({ server, member, reader }) => {
    const pipes = join(reader.home, "pipes");
    const script = reader.file(
      "bot.sh",
      example("bot.sh", server.url).replace("$(mktemp -d)", `${pipes}; mkdir ${pipes}`),
    );
    const bot = new Program("bot.sh", "sh", [script], reader.options);
    try {
      await member.frame(
        (type, data) => type === "TOPIC_MEMBERS" && data.joined.some((each) => each.display_name === "Clock"),
      );
      member.say("What is the time?");
      await member.saysAndIsStored("!time");
      const { display_name, content } = await member.frame(
        (type, data) => type === "MSG" && /^It is/.test(data.content),
      );
      assert.equal(display_name, "Clock");
      assert.match(content, /^It is \d\d:\d\d$/);
      assert.equal(await bot.stop("SIGTERM"), 0);
      assert.ok(!existsSync(pipes), "its pipes are gone");
      await member.frame((type, data) => type === "PRESENCE" && data.users.some((each) => !each.online));
      assert.equal(member.texts.length, 3, "it answered once, and only what it was asked");
    } finally {
      await bot.stop("SIGKILL");
    }
  }));

test("the bot of the container is the one of the document", () => {
  assert.equal(readFileSync(join(root, "docs/examples/bot.sh"), "utf8"), blocks.get("bot.sh").text);
});

test("a room of one's own says where it is", async () => {
  const reader = await Reader.start();
  const [{ command, output }] = commands(blocks.get("room").text);
  // The same words, kept on this computer by the environment.
  const env = { ...reader.env, LANDLINE_BIND: "127.0.0.1", LANDLINE_PORT: "0", LANDLINE_DATA: reader.home };
  const room = new Program("room", "sh", ["-c", `exec ${command}`], { ...reader.options, env });
  try {
    const said = await room.prints("Hosting");
    const place = /http:\/\/[0-9.:]+$/;
    assert.equal(said.replace(place, ""), output.replace(place, ""));
    assert.equal((await fetch(`${place.exec(said)[0]}/api/health`)).status, 200);
    assert.equal(await room.stop("SIGTERM"), 0);
  } finally {
    await room.stop("SIGKILL");
    await reader.leave();
  }
});
