// Two people with browsers, one of them with a phone, in a room that landline-cli hosts.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Guest, launch, PHONE } from "./guest.mjs";
import { Server } from "./server.mjs";

let server, browser, ana, bo;

before(async () => {
  server = await Server.start();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test("a guest gives a name and is in the room at once", async () => {
  ana = await Guest.open(browser, server.url, "Ana");
  await ana.see("first-name").waitFor();
  await ana.looksWell("1-first");
  await ana.see("first-name").fill("Ana");
  await ana.see("first-go").click();
  await ana.goTo("lobby");
  await ana.looksWell("2-empty-lobby");
  bo = await Guest.join(browser, server.url, "Bo Berg", PHONE);
  await bo.looksWell("3-empty-lobby-on-a-phone");
});

test("what one says the other hears, both ways and in the same order", async () => {
  await ana.say("Hello Bo, does this work?");
  await bo.hears("Hello Bo, does this work?");
  await bo.say("It does. On a phone even.");
  await ana.hears("It does. On a phone even.");
  await ana.say("Lunch at **twelve**?");
  await bo.hears("Lunch at twelve?");
  assert.deepEqual(await ana.texts(), await bo.texts());
  await ana.looksWell("4-talk");
  await bo.looksWell("5-talk-on-a-phone");
});

test("each sees who is here, and that the other came by browser", async () => {
  await ana.see("member-item").filter({ hasText: "Bo Berg" }).waitFor();
  assert.equal(await ana.see("member-item").count(), 2);
});

test("one sees that the other is typing", async () => {
  await bo.see("composer").pressSequentially("hm");
  await ana.page.getByText("Bo Berg is typing").first().waitFor();
  await bo.write("");
});

test("Enter sends and Shift+Enter breaks the line", async () => {
  await ana.see("composer").focus();
  await ana.page.keyboard.type("one");
  await ana.page.keyboard.press("Shift+Enter");
  await ana.page.keyboard.type("two");
  await ana.page.keyboard.press("Enter");
  await bo.hears("one\ntwo");
  assert.equal((await server.messages("lobby")).at(-1).content, "one\ntwo");
});

test("a new topic is seen by the other, who joins it", async () => {
  await ana.see("add-topic").click();
  await ana.see("add-topic-name").fill("sports");
  await ana.looksWell("6-new-topic");
  await ana.see("add-topic-go").click();
  await ana.see("topic-item").filter({ hasText: "sports" }).waitFor();
  await ana.goTo("sports");
  await ana.say("Anyone for tennis?");
  await ana.hears("Anyone for tennis?");
  const cy = await Guest.join(browser, server.url, "Cy Cox");
  await cy.goTo("sports");
  await cy.hears("Anyone for tennis?");
  await cy.leave();
});

test("a direct chat is between two and in nobody else's page", async () => {
  const cy = await Guest.join(browser, server.url, "Cy Cox");
  await ana.see("member-item").filter({ hasText: "Cy Cox" }).getByRole("button").click();
  await ana.say("Only for you, Cy");
  const chat = cy.see("direct-item").filter({ hasText: "Ana" });
  await chat.click();
  await cy.hears("Only for you, Cy");
  await cy.say("And for you, Ana");
  await ana.hears("And for you, Ana");
  await ana.looksWell("7-direct-chat");
  assert.equal(await bo.message("Only for you, Cy").count(), 0);
  const everywhere = (await Promise.all(["lobby", "sports"].map((topic) => server.messages(topic)))).flat();
  assert.ok(everywhere.every(({ content }) => !content.includes("Only for you")));
  await cy.leave();
});

test("in the dark everything can be read too", async () => {
  await ana.page.emulateMedia({ colorScheme: "dark" });
  await ana.looksWell("8-dark");
  await bo.page.emulateMedia({ colorScheme: "dark" });
  await bo.looksWell("9-dark-on-a-phone");
});

test("nothing went wrong in their pages meanwhile", async () => {
  await ana.leave();
  await bo.leave();
});
