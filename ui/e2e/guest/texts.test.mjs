// Awkward texts arrive as they were sent and are shown as text.

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

const MARK = "window.ran = true";
const TEXTS = {
  "emoji of several characters": "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇩🇪 e\u0301 ẞ",
  "right to left": "שלום עולם، مرحبا بالعالم \u202Etxet desrever\u202C end",
  "zero width": "a\u200Bb\u200Cc\u200Dd\uFEFFe\u2060f",
  "a script": `<script>${MARK}</script>`,
  "an image that fails": `<img src=x onerror="${MARK}">`,
  "an svg that loads": `<svg onload="${MARK}"><a href="javascript:${MARK}">x</a></svg>`,
  "an end of everything": `"'></textarea></div></body><iframe srcdoc="<script>parent.ran = true</script>">`,
  entities: "&lt;script&gt; &amp;amp; &#x3C;b&#62;",
  "a template": "{@html '<b>x</b>'} ${MARK} {{7*7}}",
  "letters of four bytes": "𝕳𝖊𝖑𝖑𝖔 𒀱 𠜎",
  "a tower of marks": "Z" + "\u0335\u0336\u0321\u0322\u0300".repeat(60),
  "one long word": "W".repeat(3000),
  "control characters": "bell\u0007 escape\u001B[31m tab\tend",
};

/** What the screen shows is the text; what the log holds is the text; nothing ran. */
async function arrives(text, shown = text) {
  await ana.say(text);
  await bo.page.waitForFunction(
    (expected) =>
      [...document.querySelectorAll("[data-testid=message-text]")].some((node) => node.textContent === expected),
    shown,
  );
  assert.equal((await server.messages("lobby")).at(-1).content, text, "as it was sent");
  for (const guest of [ana, bo]) {
    assert.equal(await guest.page.evaluate(() => window.ran), undefined, "nothing ran");
  }
}

for (const [what, text] of Object.entries(TEXTS)) {
  test(`${what} is shown as text`, () => arrives(text));
}

test("16 KiB arrive whole", () => arrives("ä".repeat(8192)));

test("a flood of new lines is clipped, not cut", async () => {
  const flood = `top${"\n".repeat(1000)}bottom`;
  await arrives(flood);
  const row = bo.see("message").last();
  const { height } = await row.boundingBox();
  assert.ok(height < 844, `a row of ${height} px fits on the screen`);
  await row.getByRole("button", { expanded: false }).waitFor();
});

test("no element was made of any of them", async () => {
  for (const guest of [ana, bo]) {
    const made = await guest.page.evaluate(
      () => document.querySelectorAll("[data-testid=message-text] :is(script, img, svg, iframe, textarea, b)").length,
    );
    assert.equal(made, 0);
    await guest.looksWell(`texts-${guest.name.split(" ")[0]}`);
    await guest.leave();
  }
});
