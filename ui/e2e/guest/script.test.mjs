// The ten lines of docs/protocol.md do what they say.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Guest, launch } from "./guest.mjs";
import { Server } from "./server.mjs";

test("the JavaScript of the document joins and talks", async () => {
  const document = readFileSync(new URL("../../../docs/protocol.md", import.meta.url), "utf8");
  const [, script] = /```js\n([^]*?)```/.exec(document);
  const server = await Server.start();
  const browser = await launch();
  try {
    const ana = await Guest.join(browser, server.url, "Ana");
    const console_ = await browser.newContext();
    const page = await console_.newPage();
    const heard = page.waitForEvent("console", (line) => line.text().includes("MSG_ACK") || line.args().length > 0);
    await page.goto(server.url);
    await page.evaluate(script.replace("ws://localhost:8000", server.url.replace("http", "ws")));
    await ana.hears("Hello from JavaScript");
    await heard;
    assert.equal((await server.messages("lobby")).at(-1).display_name, "Script");
    await ana.leave();
  } finally {
    await browser.close();
    await server.stop();
  }
});
