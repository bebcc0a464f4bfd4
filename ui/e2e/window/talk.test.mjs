// Two people, two computers, two real windows: Ana hosts, Bo finds her room, they talk, both restart.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Lan } from "./lan.mjs";
import { skipReason } from "./needs.mjs";
import { appPath, Person } from "./person.mjs";

const skip = skipReason();
const ROOM = 'room-around[data-name="Workshop"]';

let lan, folder, ana, bo;

before(
  async () => {
    if (skip) return;
    const app = appPath();
    folder = mkdtempSync(join(tmpdir(), "landline-window-"));
    lan = Lan.make(2);
    ana = await Person.sitDown(app, join(folder, "ana"), lan.place(0));
    bo = await Person.sitDown(app, join(folder, "bo"), lan.place(1));
    await ana.start();
    await bo.start();
  },
  { timeout: 60_000 },
);

after(async () => {
  await ana?.leave();
  await bo?.leave();
  lan?.remove();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

test("the first start asks for a name and nothing else", { skip, timeout: 60_000 }, async () => {
  await ana.see("first-name");
  const shot = ana.keep("1-first-start");
  assert.ok(ana.colours(shot) > 8, "the window is not blank");
  await ana.fill("first-name", "Ana Ruiz");
  await ana.click("first-go");
  await ana.see("host-button");
  await bo.fill("first-name", "Bo Berg");
  await bo.click("first-go");
  await bo.see("host-button");
  bo.keep("2-nobody-around");
});

test("one hosts, and the other sees the room appear", { skip, timeout: 60_000 }, async () => {
  await ana.click("host-button");
  await ana.fill("host-name", "Workshop");
  await ana.click("host-start");
  const address = await (await ana.see("host-address")).text();
  assert.equal(address, "http://10.77.1.1:8000");
  ana.keep("3-host-panel");
  await bo.see(ROOM);
  bo.keep("4-room-around");
});

test("they talk", { skip, timeout: 60_000 }, async () => {
  await bo.click(ROOM);
  await bo.say("Hello from the other computer");
  await bo.hears("Hello from the other computer");
  await closePanel(ana);
  await ana.hears("Hello from the other computer");
  await ana.say("Welcome, Bo");
  await bo.hears("Welcome, Bo");
  ana.keep("5-ana-talks");
  bo.keep("6-bo-talks");
});

test("a window that reloads is told how things stand", { skip, timeout: 60_000 }, async () => {
  for (const person of [ana, bo]) {
    await person.reload();
    await openRoom(person);
    await person.hears("Welcome, Bo");
    assert.deepEqual(await person.texts(), SAID.slice(0, 2));
  }
});

test(
  "the host's app starts again: the room is back with its history, and the guest comes back to it",
  {
    skip,
    timeout: 90_000,
  },
  async () => {
    await ana.quit();
    await bo.see("banner");
    bo.keep("7-host-away");
    await bo.say("Written while the host was away");
    await ana.start();
    await openRoom(ana);
    await bo.gone("banner", 30_000);
    await ana.hears("Written while the host was away", 30_000);
    assert.deepEqual(await ana.texts(), SAID);
    assert.deepEqual(await bo.texts(), SAID);
    ana.keep("8-ana-again");
  },
);

test("a member's app starts again: it is in its room and the history is there", { skip, timeout: 90_000 }, async () => {
  await bo.quit();
  await bo.start();
  await openRoom(bo);
  await bo.hears("Written while the host was away", 30_000);
  assert.deepEqual(await bo.texts(), SAID);
  await ana.say("Good to see you again");
  await bo.hears("Good to see you again");
  bo.keep("9-bo-again");
});

test("a host who stops is gone from the list", { skip, timeout: 60_000 }, async () => {
  await bo.click("home-button");
  await bo.see(ROOM);
  await ana.quit();
  await bo.gone(ROOM, 10_000);
});

const SAID = ["Hello from the other computer", "Welcome, Bo", "Written while the host was away"];

async function closePanel(person) {
  await person.run(`document.querySelector('[data-testid="host-panel"]')?.dispatchEvent(
    new KeyboardEvent("keydown", { key: "Escape", bubbles: true }))`);
}

/** After a start the app shows its first screen, and the room on it: around, or (hosted here, or away) known. */
async function openRoom(person) {
  await person.click(`${ROOM}, room-known[data-name="Workshop"]`);
  await person.see("composer");
}
