// Two people search in a room, and a third who may not find what they told each other.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Guest, launch, PHONE } from "./guest.mjs";
import { Server } from "./server.mjs";

let server, browser, ana, bo;

before(async () => {
  server = await Server.start();
  browser = await launch();
  ana = await Guest.join(browser, server.url, "Ana");
  bo = await Guest.join(browser, server.url, "Bo Berg", PHONE);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Opens the search and types; the hits as texts, once there are so many. */
async function search(guest, text, count) {
  // What an earlier question found must not pass for the answer.
  await guest.see("search-input").fill("");
  await guest.see("search-hint").waitFor();
  await guest.see("search-input").fill(text);
  if (count === 0) {
    await guest.see("search-none").waitFor();
    return [];
  }
  await guest
    .see("search-hit")
    .nth(count - 1)
    .waitFor();
  return guest.see("search-hit").allTextContents();
}

test("a search finds while one types, marks it, and jumps to the row", async () => {
  await ana.say("Das Treffen ist im Café um acht");
  for (let n = 1; n <= 60; n += 1) await ana.say(`filler number ${n}`);
  await bo.hears("filler number 60");
  await bo.say("今日は日本語を話す");
  await ana.hears("今日は日本語を話す");
  await ana.page.keyboard.press("Control+f");
  await ana.see("search-hint").waitFor();
  await ana.looksWell("20-search");
  const hits = await search(ana, "cafe tref", 1);
  assert.match(hits[0], /Das Treffen ist im Café um acht/);
  assert.deepEqual(await ana.see("search-hit").locator("mark").allTextContents(), ["Treffen", "Café"]);
  await ana.looksWell("21-search-found");
  await ana.page.keyboard.press("Enter");
  await ana.message("Das Treffen ist im Café um acht").first().waitFor();
  await ana.looksWell("22-search-jumped");
  assert.equal(await ana.see("search").count(), 0);
});

test("what was just said is found, in Japanese and from a phone", async () => {
  await bo.see("search-button").click();
  assert.equal((await search(bo, "日本", 1)).length, 1);
  await search(bo, "from:ana number 59", 1);
  await bo.looksWell("23-search-on-a-phone");
  await search(bo, "nobody said this ", 0);
  await bo.looksWell("24-search-none-on-a-phone");
  await bo.page.keyboard.press("Escape");
});

test("another's direct chat is not found", async () => {
  const cy = await Guest.join(browser, server.url, "Cy Cox");
  await ana.see("member-item").filter({ hasText: "Bo Berg" }).getByRole("button").click();
  await ana.say("our secret handshake");
  await ana.hears("our secret handshake");
  await ana.page.keyboard.press("Control+f");
  await search(ana, "handshake", 1);
  await ana.see("search-here").click();
  await search(ana, "secret", 1);
  await ana.page.emulateMedia({ colorScheme: "dark" });
  await ana.looksWell("25-search-in-a-chat-dark");
  await ana.page.keyboard.press("Escape");
  await cy.page.keyboard.press("Control+f");
  for (const text of ["handshake ", "secret from:ana ", '"secret handshake"', "hand*"]) await search(cy, text, 0);
  await cy.leave();
});

test("nothing went wrong in either page", async () => {
  await ana.leave();
  await bo.leave();
});
