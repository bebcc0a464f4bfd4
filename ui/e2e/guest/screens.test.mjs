// Every screen that a guest can open: no serious finding of axe, nothing wider than the window, light and dark, and all
// of it by keyboard alone.

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

const DIALOGS = {
  settings: "Control+,",
  shortcuts: "Control+/",
  switcher: "Control+k",
};

for (const [where, options] of Object.entries({
  desk: DESK,
  phone: PHONE,
  narrow: { viewport: { width: 320, height: 640 } },
})) {
  for (const colorScheme of ["light", "dark"]) {
    test(`every dialog on a ${where} screen in ${colorScheme}`, async () => {
      const ana = await Guest.join(browser, server.url, "Ana", { ...options, colorScheme });
      await ana.say("Something to look at");
      await ana.hears("Something to look at");
      for (const [dialog, keys] of Object.entries(DIALOGS)) {
        await ana.page.keyboard.press(keys);
        await ana.see(dialog).waitFor();
        await ana.looksWell(`screen-${where}-${colorScheme}-${dialog}`);
        await ana.page.keyboard.press("Escape");
        await ana.see(dialog).waitFor({ state: "detached" });
      }
      if (where !== "desk") {
        await ana.see("people-button").click();
        await ana.see("people-sheet").waitFor();
        await ana.looksWell(`screen-${where}-${colorScheme}-people`);
        await ana.page.keyboard.press("Escape");
        await ana.see("back-button").click();
        await ana.see("topic-item").first().waitFor();
        await ana.looksWell(`screen-${where}-${colorScheme}-list`);
      }
      await ana.see("add-topic").click();
      await ana.see("add-topic-name").fill("not a topic!");
      await ana.see("add-topic-go").click();
      await ana.looksWell(`screen-${where}-${colorScheme}-wrong-topic`);
      await ana.leave();
    });
  }
}

test("a guest comes in, talks and finds another topic by keyboard alone", async () => {
  const ana = await Guest.open(browser, server.url, "Ana");
  const { keyboard } = ana.page;
  await ana.see("first-name").waitFor();
  assert.equal(await ana.page.evaluate(() => document.activeElement.dataset.testid), "first-name");
  await keyboard.type("Ana");
  await keyboard.press("Enter");
  await ana.see("composer").waitFor();
  assert.equal(await ana.page.evaluate(() => document.activeElement.dataset.testid), "composer");
  await keyboard.type("By keyboard");
  await keyboard.press("Enter");
  await ana.hears("By keyboard");

  const bo = await Guest.join(browser, server.url, "Bo Berg");
  await bo.see("add-topic").click();
  await bo.see("add-topic-name").fill("books");
  await bo.see("add-topic-go").click();
  await bo.say("Read anything good?");
  await bo.hears("Read anything good?");
  await bo.leave();

  await keyboard.press("Control+k");
  await keyboard.type("books");
  await ana.see("switcher-option").first().waitFor();
  await keyboard.press("Enter");
  await ana.hears("Read anything good?");
  await ana.leave();
});

test("a name that breaks the rule is refused with words beside the field", async () => {
  const cy = await Guest.open(browser, server.url, "Cy");
  for (const name of ["", "Bo", "x".repeat(51)]) {
    await cy.see("first-name").fill(name);
    await cy.see("first-go").click();
    await cy.page.locator("[data-testid=first-name][aria-invalid=true]").waitFor();
  }
  await cy.looksWell("screen-wrong-name");
  await cy.leave();
});
