// Breaks: the network goes, the host dies. Nothing is lost and nothing comes twice.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DESK, Guest, launch, PHONE } from "./guest.mjs";
import { Server } from "./server.mjs";

let server, browser, ana, bo;

before(async () => {
  server = await Server.start();
  browser = await launch();
  ana = await Guest.join(browser, server.url, "Ana", DESK);
  bo = await Guest.join(browser, server.url, "Bo Berg", PHONE);
  await ana.say("before");
  await bo.hears("before");
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Both screens and the log hold exactly these, in this order. */
async function allHold(texts) {
  for (const guest of [ana, bo]) {
    await guest.hears(texts.at(-1));
    assert.deepEqual(await guest.texts(), texts, guest.name);
  }
  assert.deepEqual(
    (await server.messages("lobby")).map(({ content }) => content),
    texts,
    "the log",
  );
}

test("who was offline gets what was said, and what they wrote is delivered", async () => {
  await bo.context.setOffline(true);
  await bo.see("banner").waitFor();
  await bo.say("written offline");
  await bo.see("outbox-message").filter({ hasText: "written offline" }).waitFor();
  await ana.say("said meanwhile 1");
  await ana.say("said meanwhile 2");
  await ana.hears("said meanwhile 2");
  assert.equal(await bo.message("said meanwhile 1").count(), 0, "nothing reaches who is offline");
  await bo.looksWell("away-1-offline");
  await bo.context.setOffline(false);
  await bo.see("banner").waitFor({ state: "detached" });
  await ana.hears("written offline");
  await allHold(["before", "said meanwhile 1", "said meanwhile 2", "written offline"]);
});

test("a host that is killed and started again has everything, and both come back by themselves", async () => {
  await ana.fetchedAhead();
  await server.kill();
  await ana.see("banner").waitFor();
  await ana.looksWell("away-2-host-gone");
  // Never looked at before, and there all the same.
  await ana.page.keyboard.press("Control+f");
  await ana.see("search-input").waitFor();
  await ana.page.keyboard.press("Escape");
  await ana.see("search-input").waitFor({ state: "detached" });
  await ana.say("while the host was dead");
  await ana.see("outbox-message").filter({ hasText: "while the host was dead" }).waitFor();
  await server.again();
  await ana.see("banner").waitFor({ state: "detached" });
  await bo.see("banner").waitFor({ state: "detached" });
  await bo.hears("while the host was dead");
  await bo.say("welcome back");
  const texts = [
    "before",
    "said meanwhile 1",
    "said meanwhile 2",
    "written offline",
    "while the host was dead",
    "welcome back",
  ];
  await allHold(texts);
  assert.equal(await ana.see("outbox-message").count(), 0);
});

test("who opens the page again finds the history", async () => {
  await bo.page.reload();
  await bo.goTo("lobby");
  await bo.hears("welcome back");
  assert.equal((await bo.texts()).at(0), "before");
});

test("nothing went wrong in their pages meanwhile", async () => {
  await ana.leave();
  await bo.leave();
});
