// A topic of some thousand messages: as many nodes wherever one looks, every place can be reached, and nothing that is read
// moves when pages come in on either side.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Guest, launch } from "./guest.mjs";
import { Server } from "./server.mjs";
import { talk } from "./speaker.mjs";

const MESSAGES = 3_000;
/** The window on the log holds a thousand, so that this many are out of it. */
const FAR = 1_500;
let server, browser, ana, bo;

before(async () => {
  server = await Server.start();
  browser = await launch();
  bo = await Guest.join(browser, server.url, "Bo Berg");
  await bo.page.evaluate(talk, { topic: "lobby", count: MESSAGES, flight: 60 });
  ana = await Guest.join(browser, server.url, "Ana");
  await ana.hears(`line ${MESSAGES} `);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** In the page: how many elements the list has. */
const nodes = () => document.querySelectorAll("[data-testid=timeline] *").length;

/** In the page: what stands in the middle of the list, once nothing has moved for some frames. */
async function middle() {
  const list = document.querySelector("[data-testid=timeline]");
  const look = () => {
    const { top, height } = list.getBoundingClientRect();
    const rows = [...list.querySelectorAll("[data-seq]")].map((row) => [row, row.getBoundingClientRect()]);
    const found = rows.find(([, { bottom }]) => bottom > top + height / 2) ?? rows.at(-1);
    return { seq: Number(found?.[0].dataset.seq), top: found?.[1].top };
  };
  for (let frames = 0, before = ""; frames < 20;) {
    await new Promise(requestAnimationFrame);
    const now = JSON.stringify(look());
    frames = now === before ? frames + 1 : 0;
    before = now;
  }
  return look();
}

/** In the page: scrolls by so much a frame, for so many frames; most elements meanwhile, and how far a row went the wrong way. */
async function scroll({ by, frames }) {
  const list = document.querySelector("[data-testid=timeline]");
  const seen = new Set();
  let most = 0;
  let wrong = 0;
  for (let frame = 0; frame < frames; frame++) {
    const { top, height } = list.getBoundingClientRect();
    const rows = [...list.querySelectorAll("[data-seq]")];
    const row = rows.find((one) => one.getBoundingClientRect().top > top + height / 3);
    const before = row?.getBoundingClientRect().top;
    list.scrollTop += by;
    await new Promise(requestAnimationFrame);
    const { seq } = row?.dataset ?? {};
    const same = seq && list.querySelector(`[data-seq="${seq}"]`);
    if (same) wrong = Math.max(wrong, (same.getBoundingClientRect().top - before) * Math.sign(by));
    most = Math.max(most, document.querySelectorAll("[data-testid=timeline] *").length);
    for (const one of list.querySelectorAll("[data-seq]")) seen.add(Number(one.dataset.seq));
  }
  return { most, wrong, seen: [...seen] };
}

test("however far one scrolls, the number of elements stays what it was, and nothing jumps back", async () => {
  const start = await ana.page.evaluate(nodes);
  const up = await ana.page.evaluate(scroll, { by: -400, frames: 80 });
  const { seq } = await ana.page.evaluate(middle);
  assert.ok(seq < MESSAGES - 200, `it is at ${seq}`);
  assert.ok(up.most <= start * 2, `${up.most} elements, ${start} at the start`);
  // A row that is measured for the first time may correct what stands above it by its own error, never by a page.
  assert.ok(up.wrong < 250, `a row went back by ${up.wrong} px`);
  const down = await ana.page.evaluate(scroll, { by: 400, frames: 80 });
  assert.ok(down.most <= start * 2, `${down.most} elements`);
  assert.ok(down.wrong < 250, `a row went back by ${down.wrong} px`);
});

test("the first message is one key away, the latest another", async () => {
  await ana.see("composer").focus();
  await ana.page.keyboard.press("Control+Home");
  await ana.message("line 1 ").first().waitFor();
  await ana.page.getByText("This is the beginning of # lobby").waitFor();
  assert.ok((await ana.page.evaluate(nodes)) < 2_000);
  await ana.page.keyboard.press("Control+End");
  await ana.hears(`line ${MESSAGES} `);
  await ana.see("jump-latest").waitFor({ state: "detached" });
});

test("while one reads far up, what is said now is counted and does not come in between", async () => {
  await ana.page.keyboard.press("Control+Home");
  await ana.hears("line 1 ");
  const before = await ana.page.evaluate(middle);
  await bo.say("said now");
  await ana.see("jump-latest").waitFor();
  assert.deepEqual(await ana.page.evaluate(middle), before);
  assert.equal(await ana.message("said now").count(), 0);
});

test("from there one scrolls on through pages that follow without a hole", async () => {
  const seen = new Set();
  while (!seen.has(160)) {
    const { seen: more } = await ana.page.evaluate(scroll, { by: 250, frames: 12 });
    for (const seq of more) seen.add(seq);
  }
  // What stood at the top was passed before the first look.
  for (let seq = 20; seq <= 160; seq++) assert.ok(seen.has(seq), `message ${seq} was never on the screen`);
  await ana.see("jump-latest").click();
  await ana.hears("said now");
});

test("a date leads to its first message, which stands in the middle and is told apart", async () => {
  await ana.see("day-button").click();
  await ana.see("day-input").waitFor();
  await ana.looksWell("day-dialog");
  await ana.see("day-first").click();
  await ana.message("line 1 ").and(ana.page.locator(".landed")).waitFor();
  await ana.see("jump-latest").click();
  await ana.hears("said now");
  await ana.see("day-button").click();
  await ana.see("day-input").fill(await ana.page.evaluate(() => new Date().toLocaleDateString("sv")));
  await ana.see("day-go").click();
  const landed = ana.page.locator("article.landed");
  await landed.waitFor();
  assert.ok(Number(await landed.getAttribute("data-seq")) < MESSAGES - FAR, "all of it was said today");
  assert.ok(await ana.see("composer").isVisible());
});

test("a message of one's own says that the host has it, and then who has seen it", async () => {
  await ana.say("has anybody seen this?");
  await ana.see("tick").filter({ hasText: "On the host" }).waitFor();
  await bo.page.bringToFront();
  await bo.see("composer").focus();
  await bo.page.keyboard.press("Control+End");
  await bo.hears("has anybody seen this?");
  await ana.see("tick").filter({ hasText: "seen by 1" }).waitFor();
  await ana.see("tick").click();
  await ana.see("details").getByText("Bo Berg").waitFor();
  await ana.looksWell("message-details");
  await ana.page.keyboard.press("Escape");
  await ana.see("details").waitFor({ state: "detached" });
});

test("nothing went wrong in their pages meanwhile", async () => {
  await ana.leave();
  await bo.leave();
});
