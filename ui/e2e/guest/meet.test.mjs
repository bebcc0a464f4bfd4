// "Meet someone", and people who come and go, between browsers and a real host.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Guest, launch, PHONE } from "./guest.mjs";
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

const meets = (guest, state) => guest.page.locator(`[data-testid=meet][data-state=${state}]`).first().waitFor();

test("two who press it are paired into a direct chat, and one is told when the other leaves", async () => {
  const ana = await Guest.join(browser, server.url, "Ana");
  const bo = await Guest.join(browser, server.url, "Bo Berg", PHONE);
  await ana.see("meet-someone").click();
  await meets(ana, "waiting");
  await ana.see("meet-leave").click();
  await meets(ana, "off");
  await ana.see("meet-someone").click();
  await meets(ana, "waiting");
  await ana.looksWell("meet-waiting");

  await bo.see("back-button").click();
  await bo.see("meet-someone").click();
  await ana.page.getByRole("heading", { level: 1, name: "Bo Berg" }).waitFor();
  await bo.page.getByRole("heading", { level: 1, name: "Ana" }).waitFor();
  await bo.see("happening").filter({ hasText: "You met Ana" }).waitFor();
  await ana.say("Nice to meet you");
  await bo.hears("Nice to meet you");
  await ana.looksWell("meet-desk");
  await bo.looksWell("meet-phone");

  await bo.see("meet-leave").click();
  await ana.see("happening").filter({ hasText: "Bo Berg left the pair" }).waitFor();
  await bo.see("happening").filter({ hasText: "You left the pair" }).waitFor();
  await meets(ana, "left");
  await ana.looksWell("meet-left");

  // The end of a session ends a pair, too.
  const cy = await Guest.join(browser, server.url, "Cyd");
  await ana.see("meet-someone").first().click();
  await cy.see("meet-someone").click();
  await ana.page.getByRole("heading", { level: 1, name: "Cyd" }).waitFor();
  await cy.leave();
  await ana.see("happening").filter({ hasText: "Cyd left the pair" }).waitFor();
  await ana.leave();
  await bo.leave();
});

test("somebody who is writing is not taken away from under their fingers", async () => {
  const ana = await Guest.join(browser, server.url, "Ana");
  const bo = await Guest.join(browser, server.url, "Bo Berg");
  await ana.see("meet-someone").click();
  await meets(ana, "waiting");
  await ana.write("In the middle of a");
  await bo.see("meet-someone").click();
  await meets(ana, "paired");
  assert.equal(await ana.see("composer").inputValue(), "In the middle of a");
  await ana.page.getByRole("heading", { level: 1, name: "# lobby" }).waitFor();
  await ana
    .see("meet")
    .getByRole("button", { name: /Bo Berg/ })
    .click();
  await ana.page.getByRole("heading", { level: 1, name: "Bo Berg" }).waitFor();
  await ana.leave();
  await bo.leave();
});

test("who comes and goes is told in the topic, is never unread, and can be left out", async () => {
  const ana = await Guest.join(browser, server.url, "Ana");
  const cy = await Guest.join(browser, server.url, "Cyd");
  await ana.see("happening").filter({ hasText: "Cyd joined" }).waitFor();
  assert.doesNotMatch(await ana.page.title(), /^\(/);
  await ana.page.keyboard.press("Control+,");
  await ana.see("settings-comings").click();
  await ana.page.keyboard.press("Escape");
  await ana.see("happening").waitFor({ state: "detached" });
  await cy.leave();
  await ana.leave();
});
