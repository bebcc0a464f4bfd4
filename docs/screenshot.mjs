// Takes docs/screenshot.png: two real windows on a network of their own, in which two people talk. Needs what the window
// tests need (./dev test installs it), root, and a built app: LANDLINE_APP, or ./dev bundle.

import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Lan } from "../ui/e2e/window/lan.mjs";
import { appPath, OUTPUT, Person } from "../ui/e2e/window/person.mjs";

const TALK = [
  ["ana", "Hello Bo! The laser cutter is free until eight."],
  ["bo", "Perfect, I have two plates of birch to do."],
  ["bo", "Which settings did you use last time?"],
  ["ana", "For 4 mm:\n- power **85 %**\n- speed 12\n- two passes"],
  ["bo", "Thanks! Pizza at *eight* afterwards?"],
  ["ana", "I am in. Cy wants to come too."],
];

const app = appPath();
const folder = mkdtempSync(join(tmpdir(), "landline-picture-"));
const lan = Lan.make(2);
const people = {};
try {
  for (const [at, [key, name]] of Object.entries(["ana", "bo"].map((key) => [key, { ana: "Ana Ruiz", bo: "Bo Berg" }[key]]))) {
    people[key] = await Person.sitDown(app, join(folder, key), lan.place(Number(at)));
    await people[key].start();
    await people[key].fill("first-name", name);
    await people[key].click("first-go");
    await people[key].see("host-button");
  }
  const { ana, bo } = people;
  await ana.click("host-button");
  await ana.fill("host-name", "Workshop");
  await ana.click("host-start");
  await ana.see("host-address");
  await ana.run("document.querySelector('dialog').dispatchEvent(new Event('cancel', { cancelable: true }))");
  await bo.click('room-around[data-name="Workshop"]');
  await bo.see("composer");
  for (const [who, text] of TALK) {
    const other = who === "ana" ? bo : ana;
    const before = (await other.texts()).length;
    const lines = text.split("\n");
    const field = await people[who].see("composer");
    // Shift+Enter breaks the line, as a person types it.
    await field.type(lines.join("\uE008\uE007\uE008"));
    await people[who].click("send");
    while ((await other.texts()).length === before) await new Promise((soon) => setTimeout(soon, 50));
  }
  await bo.keepPage("picture");
  copyFileSync(join(OUTPUT, "picture.png"), new URL("screenshot.png", import.meta.url).pathname);
} finally {
  for (const person of Object.values(people)) await person.leave();
  lan.remove();
  rmSync(folder, { recursive: true, force: true });
}
