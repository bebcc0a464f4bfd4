// How long messages are kept, and a chat in a file: in a real page, against a real room.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { DESK, Guest, launch, PHONE } from "./guest.mjs";
import { Server } from "./server.mjs";

let server, browser, ana, bo;
const HOSTILE = `<script>alert(1)</script><img src=x onerror="alert('2')">`;

before(async () => {
  server = await Server.start();
  browser = await launch();
  ana = await Guest.join(browser, server.url, "Ana", DESK);
  bo = await Guest.join(browser, server.url, "Bo Berg", PHONE);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Saves the chat on screen in this form; the file's name and what is in it. */
async function save(guest, form) {
  const [download] = await Promise.all([guest.page.waitForEvent("download"), guest.see(`export-${form}`).click()]);
  await guest.see("export-done").waitFor();
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), "utf8") };
}

test("a chat is saved as a page without scripts and as lines for programs", async () => {
  for (const text of ["Hello Bo", HOSTILE]) await ana.say(text);
  await bo.hears(HOSTILE);
  await ana.page.locator("main header").getByRole("button", { name: "More", exact: true }).click();
  await ana.see("export-chat").click();
  await ana.looksWell("keeping-1-export");
  const lines = await save(ana, "jsonl");
  const messages = lines.text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(messages, await server.messages("lobby"));
  const { name, text } = await save(ana, "html");
  assert.match(name, /^lobby\.html$/);
  assert.ok(text.includes("&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=&quot;"), text);
  const page = await (await browser.newContext()).newPage();
  page.on("dialog", (dialog) => assert.fail(dialog.message()));
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.setContent(text);
  assert.deepEqual(await page.locator(".text").allTextContents(), ["Hello Bo", HOSTILE]);
  assert.deepEqual(asked, [], "it asks for nothing");
  await page.close();
  await ana.page.keyboard.press("Escape");
});

test("i06 who was away while history was cut is told, and sees where it begins", async () => {
  await bo.context.setOffline(true);
  await bo.see("banner").waitFor();
  for (const text of ["missed 1", "missed 2", "kept 1", "kept 2"]) await ana.say(text);
  await ana.hears("kept 2");
  await server.kill();
  await server.again("--keep", "lobby=2");
  // Who had everything is told no gap, and what was removed leaves the screen.
  await ana.see("removed-row").waitFor();
  assert.equal(await ana.see("cut-note").count(), 0);
  assert.deepEqual(await ana.texts(), ["kept 1", "kept 2"]);
  await ana.page.getByText("the newest 2 messages are kept").waitFor();
  await ana.looksWell("keeping-2-removed");
  await bo.context.setOffline(false);
  await bo.see("cut-note").filter({ hasText: "Messages that you missed were removed" }).waitFor();
  await bo.see("removed-row").waitFor();
  await bo.hears("kept 2");
  assert.deepEqual(await bo.texts(), ["kept 1", "kept 2"]);
  await bo.looksWell("keeping-3-cut-on-a-phone");
});
