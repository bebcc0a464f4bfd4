// A guest of an older chat system beside one in a browser: marked, shown whatever it sends, and nobody's direct chat.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DESK, Guest, launch, PHONE } from "./guest.mjs";
import { Server } from "./server.mjs";

let server, browser;

before(async () => {
  server = await Server.start();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** A client of the `plain` dialect, made of the browser's own WebSocket in a page of the room. */
async function plain(id) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(server.url);
  await page.evaluate(async (id) => {
    window.heard = [];
    window.plain = new WebSocket(`ws://${location.host}/ws/${id}`);
    window.plain.onmessage = ({ data }) => window.heard.push(data);
    await new Promise((done, fail) => Object.assign(window.plain, { onopen: done, onerror: fail }));
  }, id);
  return {
    say: (text) => page.evaluate((text) => window.plain.send(text), text),
    hears: (text) => page.waitForFunction((text) => window.heard.includes(text), text),
    leave: () => context.close(),
  };
}

for (const [where, options, id] of [
  ["desk", DESK, 7],
  ["phone", PHONE, 8],
]) {
  test(`a plain guest is marked, and its empty and its giant text are shown sanely (${where})`, async () => {
    const ana = await Guest.join(browser, server.url, "Ana", options);
    const old = await plain(id);
    await old.say("hello from long ago");
    await ana.hears("hello from long ago");
    await ana.page
      .getByRole("article", { name: new RegExp(`Client #${id} .guest via plain.*hello from long ago`) })
      .waitFor();
    await old.say("");
    await ana.see("message-text").filter({ hasText: "(empty message)" }).first().waitFor();
    await old.say("x".repeat(50_000));
    const giant = ana.message("xxxx").last();
    await giant.waitFor();
    assert.ok((await giant.innerText()).length < 20_000, "no more of it is drawn than is seen");
    await ana.looksWell(`plain-${where}`);
    await giant.getByRole("button", { name: /Show all \(50.?000/ }).click();
    assert.equal((await giant.getByTestId("message-text").textContent()).trim().length, 50_000);

    await ana.say("and hello from now");
    await old.hears("Ana says: and hello from now");
    if (where === "phone") await ana.see("people-button").click();
    await ana.see("passers").filter({ hasText: "1 guest" }).waitFor();
    assert.equal(await ana.see("member-item").filter({ hasText: "Client #" }).count(), 0);
    if (where === "phone") await ana.page.keyboard.press("Escape");
    await ana.page.keyboard.press("Control+k");
    await ana.see("switcher-input").fill("Client");
    await ana.see("switcher").getByRole("status").waitFor();
    assert.equal(await ana.see("switcher-option").count(), 0);
    await ana.page.keyboard.press("Escape");
    await old.leave();
    await ana.leave();
  });
}
