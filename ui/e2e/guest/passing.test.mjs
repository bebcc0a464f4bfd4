// Messages that disappear, between two people in browsers and a real host: seen, counted down, and gone everywhere.

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

/** Makes or joins a topic by its dialog; `life` in seconds. */
async function addTopic(guest, name, life) {
  await guest.see("add-topic").click();
  await guest.see("add-topic-name").fill(name);
  if (life !== undefined) await guest.see("add-topic-life").selectOption(String(life));
  await guest.see("add-topic-go").click();
  await guest.page.getByRole("heading", { level: 1, name: `# ${name}` }).waitFor();
}

const everywhere = (guest) => guest.page.evaluate(() => document.documentElement.textContent + document.title);

const saysByScript = (guest, topic, words, count) =>
  guest.page.evaluate(
    ([topic, words, count]) => {
      for (let index = 1; index <= count; index++) {
        const data = { topic, content: `${words} ${index}`, message_id: `${words}-${index}` };
        window.script.send(JSON.stringify({ type: "MSG", data }));
      }
    },
    [topic, words, count],
  );

/** Makes a topic whose messages live shorter than the dialog offers, by a script in somebody's page that stays in it. */
function makeShort(guest, topic, ttl) {
  return guest.page.evaluate(
    ([topic, ttl]) =>
      new Promise((done) => {
        const socket = (window.script = new WebSocket(`ws://${location.host}/ws`, "landline.v1"));
        const say = (type, data) => socket.send(JSON.stringify({ type, data }));
        socket.onopen = () => {
          say("HELLO", { user_id: "6f1c1f7e-3a55-4c0e-9a5e-5d3f0c1b2a4d", display_name: "Script" });
          say("JOIN_TOPIC", { topic, ttl });
        };
        socket.onmessage = ({ data }) => JSON.parse(data).type === "TOPIC_JOINED" && done();
      }),
    [topic, ttl],
  );
}

test("a topic made to disappear says so, to who made it and to who finds it", async () => {
  const ana = await Guest.join(browser, server.url, "Ana");
  const bo = await Guest.join(browser, server.url, "Bo Berg", PHONE);
  await addTopic(ana, "whispers", 30);
  await ana.see("passing-note").filter({ hasText: "30 seconds" }).waitFor();
  await ana.see("passing-word").waitFor();
  await ana.looksWell("passing-empty");
  await ana.say("The code is 4711");
  await ana.see("tick").filter({ hasText: "Sent" }).waitFor();
  await bo.see("back-button").click();
  const item = bo.see("topic-item").filter({ hasText: "whispers" });
  await item.getByTestId("topic-life").filter({ hasText: "30 s" }).waitFor();
  await bo.looksWell("passing-list-phone");
  await item.click();
  // What still lives is there for who comes later.
  await bo.hears("The code is 4711");
  await bo
    .see("remaining")
    .filter({ hasText: /^0:[0-3]\d$/ })
    .waitFor();
  await bo.looksWell("passing-phone");
  await ana.looksWell("passing-desk");
  await ana.leave();
  await bo.leave();
});

test("what is said there is gone for everybody when its time is over, from the page and from what is unread", async () => {
  const ana = await Guest.join(browser, server.url, "Ana");
  const bo = await Guest.join(browser, server.url, "Bo Berg", PHONE);
  await makeShort(ana, "short", 8);
  await ana.goTo("short");
  await bo.see("back-button").click();
  const item = bo.see("topic-item").filter({ hasText: "short" });
  await item.click();
  await ana.say("The code is 4711");
  await bo.hears("The code is 4711");
  // Bo looks elsewhere: what Ana says meanwhile is unread, and is not any more when it is over.
  await bo.see("back-button").click();
  await bo.see("topic-item").filter({ hasText: "lobby" }).click();
  await ana.say("And this you never saw");
  await bo.see("back-button").click();
  await item.locator(".badge").filter({ hasText: "1" }).waitFor();
  await item.locator(".badge").waitFor({ state: "detached" });
  for (const text of ["The code is 4711", "And this you never saw"]) {
    await ana.message(text).waitFor({ state: "detached" });
  }
  for (const guest of [ana, bo]) {
    assert.doesNotMatch(await everywhere(guest), /4711|never saw/, `in ${guest.name}'s page`);
  }
  assert.deepEqual(await server.messages("short"), []);
  await ana.leave();
  await bo.leave();
});

test("what is read stays in place while what stands above it disappears", async () => {
  const ana = await Guest.join(browser, server.url, "Ana");
  await makeShort(ana, "flow", 12);
  await ana.goTo("flow");
  await saysByScript(ana, "flow", "first", 30);
  await ana.hears("first 30");
  // The second half comes when the first has lived a while.
  await ana
    .see("remaining")
    .filter({ hasText: /^0:0[0-6]$/ })
    .first()
    .waitFor();
  await saysByScript(ana, "flow", "second", 40);
  await ana.hears("second 40");
  await ana.see("timeline").evaluate((list) => (list.scrollTop -= 400));
  await ana.see("jump-latest").waitFor();
  const top = () =>
    ana.see("timeline").evaluate((list) => {
      const { top } = list.getBoundingClientRect();
      const row = [...list.querySelectorAll("article")].find((one) => one.getBoundingClientRect().top >= top);
      return [row.getAttribute("aria-label").match(/second \d+/)[0], Math.round(row.getBoundingClientRect().top - top)];
    });
  const before = await top();
  // The list is as high as what it holds: it shrinks when the first half goes.
  const high = () => ana.see("timeline").evaluate((list) => list.scrollHeight);
  const full = await high();
  await ana.page.waitForFunction(
    (full) => document.querySelector("[data-testid=timeline]").scrollHeight < full - 500,
    full,
  );
  const [text, at] = await top();
  assert.equal(text, before[0]);
  assert.ok(Math.abs(at - before[1]) <= 2, `it moved by ${at - before[1]} px`);
  await ana.leave();
});

test("one who was cut off gets what still lives, and the topic stays what it was when the host starts again", async () => {
  const ana = await Guest.join(browser, server.url, "Ana");
  const bo = await Guest.join(browser, server.url, "Bo Berg");
  await addTopic(ana, "an-hour", 3_600);
  await addTopic(bo, "an-hour");
  await bo.context.setOffline(true);
  await ana.say("Said while Bo was away");
  await ana.hears("Said while Bo was away");
  await bo.context.setOffline(false);
  await bo.hears("Said while Bo was away");
  assert.deepEqual(await bo.texts(), ["Said while Bo was away"]);

  await server.kill();
  await server.again();
  for (const guest of [ana, bo]) {
    await guest.message("Said while Bo was away").waitFor({ state: "detached" });
    await guest.see("passing-note").waitFor();
  }
  await ana.say("And again");
  await bo.hears("And again");
  await ana.see("tick").filter({ hasText: "Sent" }).waitFor();
  await ana.leave();
  await bo.leave();
});
