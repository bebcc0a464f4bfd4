// How the talk of a topic with 100,000 messages is drawn: how long it takes to open, how many elements it has, the frames
// while it is scrolled, and how far what is read moves when older pages arrive. In Chromium, and in the real window where
// one can be had (LANDLINE_APP, a WebKitWebDriver and Xvfb). Times are printed, never asserted.
// `node bench/timeline.mjs [--quick] [--only chromium|window]`; LANDLINE_CLI names the server.

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DESK, Guest, launch } from "../ui/e2e/guest/guest.mjs";
import { Server } from "../ui/e2e/guest/server.mjs";
import { talk } from "../ui/e2e/guest/speaker.mjs";
import { measure } from "./timeline/measure.mjs";

const quick = process.argv.includes("--quick");
const only = process.argv[process.argv.indexOf("--only") + 1];
const wanted = (name) => !process.argv.includes("--only") || only === name;
const MESSAGES = quick ? 5_000 : 100_000;
/** How many are on their way at once while the room is filled; the server reads no further beyond 64 of a session. */
const FLIGHT = 60;
const FILL_WITHIN_MS = 600_000;
const options = {
  topic: "lobby",
  messages: MESSAGES,
  openings: quick ? 4 : 12,
  frames: quick ? 240 : 600,
};

const server = await Server.start();
const browser = await launch();
const columns = {};
try {
  await fill();
  if (wanted("chromium")) columns.Chromium = await inChromium();
  if (wanted("window")) columns.WebKitGTK = await inWindow();
} finally {
  await browser.close();
  await server.stop();
}
print();

/** One session says it all, and another topic is there to come back from. */
async function fill() {
  const context = await browser.newContext(DESK);
  const page = await context.newPage();
  page.setDefaultTimeout(FILL_WITHIN_MS);
  await page.goto(server.url);
  const started = performance.now();
  await page.evaluate(talk, {
    topic: "lobby",
    count: MESSAGES,
    flight: FLIGHT,
  });
  await page.evaluate(talk, { topic: "elsewhere", count: 200, flight: FLIGHT });
  const seconds = (performance.now() - started) / 1_000;
  console.log(
    `${MESSAGES} messages said in ${seconds.toFixed(1)} s (one session, ${FLIGHT} on their way)`,
  );
  await context.close();
}

async function inChromium() {
  const ana = await Guest.join(browser, server.url, "Ana");
  await ana.hears(`line ${MESSAGES} `);
  const found = await ana.page.evaluate(measure, options);
  await ana.leave();
  return found;
}

async function inWindow() {
  const app = process.env.LANDLINE_APP;
  if (!app || !existsSync(app)) {
    console.log("the real window is left out: LANDLINE_APP names no app");
    return undefined;
  }
  const { Person } = await import("../ui/e2e/window/person.mjs");
  const { until } = await import("../ui/e2e/window/webdriver.mjs");
  const folder = mkdtempSync(join(tmpdir(), "landline-timeline-"));
  const person = await Person.sitDown(
    app,
    join(folder, "ana"),
    undefined,
    "1280x800",
  );
  try {
    await person.start();
    await person.fill("first-name", "Ana");
    await person.click("first-go");
    await person.fill("address-field", server.url);
    await person.click("address-join");
    await person.see("composer", 60_000);
    await until(
      async () =>
        (await person.texts()).some((text) =>
          text.startsWith(`line ${MESSAGES} `),
        ),
      "the end",
      60_000,
    );
    // The driver's scripts do not wait, so what is measured is kept in the page.
    await person.run(
      `window.measured = undefined;
       (${measure})(arguments[0]).then((found) => (window.measured = found), (error) => (window.measured = { error: String(error) }));`,
      options,
    );
    const found = await until(
      () => person.run("return window.measured"),
      "everything is measured",
      300_000,
    );
    if (found.error) throw new Error(found.error);
    return found;
  } finally {
    await person.leave();
    rmSync(folder, { recursive: true, force: true });
  }
}

function print() {
  const names = Object.keys(columns).filter((name) => columns[name]);
  if (names.length === 0) return;
  const row = (what, of) =>
    console.log(
      what.padEnd(58) +
        names.map((name) => String(of(columns[name])).padStart(38)).join(""),
    );
  const ms = (value) => value.toFixed(1);
  const frames = ({ p50, p95, p99, most, late, count }) =>
    `${ms(p50)} / ${ms(p95)} / ${ms(p99)} / ${ms(most)}, ${late} of ${count}`;
  row(`A topic with ${MESSAGES} messages`, (found) =>
    names.find((name) => columns[name] === found),
  );
  row("click to painted, first time, ms", (found) => ms(found.first));
  row(
    "click to painted, again, p50 / most, ms",
    ({ again }) => `${ms(again.p50)} / ${ms(again.most)}`,
  );
  row("jump to the first message, ms", (found) => ms(found.home));
  row("jump back to the latest, ms", (found) => ms(found.end));
  row(
    "elements at the start / most while scrolled",
    (found) => `${found.nodes} / ${found.nodesMost}`,
  );
  row("frame at rest, p50, ms", (found) => ms(found.rest));
  row("frames up: p50 / p95 / p99 / most ms, late", (found) =>
    frames(found.up),
  );
  row("frames down: p50 / p95 / p99 / most ms, late", (found) =>
    frames(found.down),
  );
  row("messages scrolled past, up", (found) => found.passed);
  row("pages that came in while scrolled up", (found) => found.pages);
  row("what is read moved at rest while a page came, px", (found) =>
    found.shift.toFixed(1),
  );
  row("it moved against the scrolling, most, px", (found) =>
    found.against.toFixed(1),
  );
}
