// A long talk: it opens at its end with few nodes, what is being read never moves, and the way back is one button.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Guest, launch } from "./guest.mjs";
import { Server } from "./server.mjs";
import { talk } from "./speaker.mjs";

const MESSAGES = 700;
let server, browser, ana, bo;

before(async () => {
  server = await Server.start();
  browser = await launch();
  bo = await Guest.join(browser, server.url, "Bo Berg");
  await bo.page.evaluate(talk, { topic: "lobby", count: MESSAGES });
  await bo.hears(`line ${MESSAGES} `);
  ana = await Guest.join(browser, server.url, "Ana");
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/**
 * In the page: goes up, then watches for a while how a message in sight moves though nobody touches anything. `grown` is
 * by how much the list became longer: a page of older messages is far longer than any correction of a measured row.
 */
async function goUpAndWatch(by) {
  const list = document.querySelector("[data-testid=timeline]");
  const frame = () => new Promise(requestAnimationFrame);
  const placeOf = (seq) => list.querySelector(`[data-seq="${seq}"]`)?.getBoundingClientRect().top ?? Infinity;
  const before = list.scrollHeight;
  list.scrollTop -= by;
  for (let index = 0; index < 3; index++) await frame();
  const middle = list.getBoundingClientRect().top + list.clientHeight / 3;
  const row = [...list.querySelectorAll("[data-seq]")].find((one) => one.getBoundingClientRect().top > middle);
  const { seq } = row.dataset;
  const start = placeOf(seq);
  let moved = 0;
  for (const end = performance.now() + 700; performance.now() < end;) {
    await frame();
    moved = Math.max(moved, Math.abs(placeOf(seq) - start));
  }
  return { seq, moved, grown: list.scrollHeight - before };
}

/** In the page: whether the end is at most so far away. */
function isAtEnd(within) {
  const list = document.querySelector("[data-testid=timeline]");
  return list.scrollHeight - list.scrollTop - list.clientHeight <= within;
}

/** In the page: resolves when nothing has moved in the list for some frames. */
async function isStill() {
  const list = document.querySelector("[data-testid=timeline]");
  const look = () => {
    const row = list.querySelector("[data-seq]");
    return `${list.scrollTop} ${list.scrollHeight} ${row?.dataset.seq} ${row?.getBoundingClientRect().top}`;
  };
  for (let frames = 0, before = ""; frames < 20;) {
    await new Promise(requestAnimationFrame);
    frames = look() === before ? frames + 1 : 0;
    before = look();
  }
}

test("a long talk opens at its end, with as many nodes as fit", async () => {
  await ana.hears(`line ${MESSAGES} `);
  await ana.page.waitForFunction(isAtEnd, 80);
  assert.equal(await ana.see("jump-latest").count(), 0);
  const rows = await ana.see("message").count();
  assert.ok(rows < 80, `${rows} rows are mounted`);
});

test("what is read stays in place while older messages come in", async () => {
  let loads = 0;
  for (let turn = 0; turn < 12 && loads < 3; turn++) {
    const { seq, moved, grown } = await ana.page.evaluate(goUpAndWatch, 1_200);
    if (grown > 2_000) loads += 1;
    assert.ok(moved <= 2, `message ${seq} moved by ${moved} px in turn ${turn}`);
  }
  assert.ok(loads > 0, "older messages came in meanwhile");
});

test("the beginning can be reached, and says so", async () => {
  await ana.page.waitForFunction(() => {
    document.querySelector("[data-testid=timeline]").scrollTop = 0;
    return document.body.textContent.includes("This is the beginning of # lobby");
  });
  await ana.page.evaluate(isStill);
  await ana.see("timeline").evaluate((list) => (list.scrollTop = 0));
  await ana.hears("line 1 ");
  await ana.page.evaluate(isStill);
});

test("a new message does not move who reads further up; one button leads to it", async () => {
  const place = () => ana.message("line 3 ").evaluate((row) => Math.round(row.getBoundingClientRect().top));
  const before = await place();
  await bo.say("news from Bo");
  await ana.see("jump-latest").filter({ hasText: "(1)" }).waitFor();
  assert.ok(Math.abs((await place()) - before) <= 2, "what is read stays where it is");
  await ana.see("jump-latest").click();
  await ana.hears("news from Bo");
  await ana.see("jump-latest").waitFor({ state: "detached" });
  await ana.page.waitForFunction(isAtEnd, 80);
});

test("who is at the end sees each new message, and one's own leads there from anywhere", async () => {
  await bo.say("line by line\n".repeat(12));
  await ana.page.waitForFunction(isAtEnd, 2);
  await ana.see("timeline").evaluate((element) => (element.scrollTop -= 3_000));
  await ana.see("jump-latest").waitFor();
  await ana.say("mine from above");
  await ana.hears("mine from above");
  await ana.page.waitForFunction(isAtEnd, 80);
});

test("the arrow keys move through messages, one stop for the Tab key", async () => {
  await ana.see("composer").focus();
  const { keyboard } = ana.page;
  const focused = () => ana.page.evaluate(() => document.activeElement.closest("article")?.dataset.seq);
  for (let presses = 0; presses < 6 && !(await focused()); presses++) await keyboard.press("Shift+Tab");
  const last = Number(await focused());
  assert.ok(last > MESSAGES, `the newest message has the focus, not ${last}`);
  for (let up = 1; up <= 40; up++) {
    await keyboard.press("ArrowUp");
    await ana.page.waitForFunction((seq) => document.activeElement.dataset.seq === String(seq), last - up);
  }
  await keyboard.press("ArrowDown");
  await ana.page.waitForFunction((seq) => document.activeElement.dataset.seq === String(seq), last - 39);
  assert.equal(await ana.page.locator("article[tabindex='0']").count(), 1);
});

test("coming back to a chat leads to where one was", async () => {
  await ana.see("timeline").evaluate((element) => (element.scrollTop -= 2_000));
  await ana.page.waitForTimeout(300);
  const seen = () =>
    ana.see("timeline").evaluate((list) => {
      const { top } = list.getBoundingClientRect();
      return [...list.querySelectorAll("[data-seq]")].find((row) => row.getBoundingClientRect().bottom > top + 4)
        .dataset.seq;
    });
  const before = Number(await seen());
  await ana.see("add-topic").click();
  await ana.see("add-topic-name").fill("elsewhere");
  await ana.see("add-topic-go").click();
  await ana.page.getByText("This is the beginning of # elsewhere").waitFor();
  await ana.goTo("lobby");
  await ana.page.waitForFunction((seq) => {
    const list = document.querySelector("[data-testid=timeline]");
    const { top } = list.getBoundingClientRect();
    const rows = [...list.querySelectorAll("[data-seq]")];
    const first = rows.find((row) => row.getBoundingClientRect().bottom > top + 4);
    return first && Math.abs(Number(first.dataset.seq) - seq) <= 1;
  }, before);
});

test("nothing went wrong in their pages meanwhile", async () => {
  await ana.leave();
  await bo.leave();
});
