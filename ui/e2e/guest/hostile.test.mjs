// A web page from elsewhere gets no session, reads nothing and says nothing.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { Guest, launch } from "./guest.mjs";
import { Server } from "./server.mjs";

let server, browser, elsewhere, page;

before(async () => {
  server = await Server.start();
  elsewhere = createServer((_, response) =>
    response.setHeader("content-type", "text/html").end("<!doctype html><h1>Elsewhere"),
  );
  elsewhere.listen(0, "127.0.0.1");
  await once(elsewhere, "listening");
  // A name of the attacker's that now resolves to the host: DNS rebinding.
  browser = await launch("--host-resolver-rules=MAP rebound.example 127.0.0.1");
  page = await (await browser.newContext()).newPage();
  await page.goto(`http://127.0.0.1:${elsewhere.address().port}`);
});

after(async () => {
  await browser?.close();
  elsewhere?.close();
  await server?.stop();
});

/** In the page: opens a WebSocket and tells how that ended. */
const openSocket = ([url, protocols]) =>
  new Promise((resolve) => {
    const socket = new WebSocket(url, protocols);
    socket.onopen = () => resolve("open");
    socket.onclose = ({ code }) => resolve(`closed ${code}`);
  });

/** In the page: what fetch gives it to read. */
const read = async ([url, options]) => {
  try {
    const response = await fetch(url, options);
    return `${response.type} ${response.status} ${await response.text()}`.trim();
  } catch (error) {
    return error.name;
  }
};

test("its WebSocket is refused, with our subprotocol and without", async () => {
  const url = `${server.url.replace("http", "ws")}/ws`;
  for (const protocols of [["landline.v1"], []]) {
    assert.equal(await page.evaluate(openSocket, [url, protocols]), "closed 1006");
  }
});

test("the room's own page is not refused", async () => {
  const own = await (await browser.newContext()).newPage();
  await own.goto(server.url);
  const url = `${server.url.replace("http", "ws")}/ws`;
  assert.equal(await own.evaluate(openSocket, [url, ["landline.v1"]]), "open");
});

test("it can read nothing over HTTP", async () => {
  for (const path of ["/", "/api/room", "/api/topics", "/api/topics/lobby/messages", "/api/health"]) {
    assert.equal(await page.evaluate(read, [server.url + path, {}]), "TypeError", path);
  }
});

test("what it posts blindly has no effect", async () => {
  const body = '{"type":"MSG","data":{"topic":"lobby","content":"from elsewhere"}}\n';
  await page.evaluate(read, [`${server.url}/ws`, { method: "POST", mode: "no-cors", body }]);
  await page.evaluate(read, [`${server.url}/api/topics/lobby/messages`, { method: "POST", mode: "no-cors", body }]);
  const { topics } = await (await fetch(`${server.url}/api/topics`)).json();
  assert.deepEqual(topics, [], "nobody has been here");
});

test("it cannot put the room into a frame", async () => {
  await page.evaluate((url) => {
    const frame = document.createElement("iframe");
    frame.src = url;
    const loaded = new Promise((resolve) => (frame.onload = resolve));
    document.body.append(frame);
    return loaded;
  }, server.url);
  const framed = page.frames().at(-1);
  assert.equal(await framed.locator("[data-testid=first-name]").count(), 0);
});

test("a foreign name that resolves to the host is refused", async () => {
  const port = new URL(server.url).port;
  const rebound = await (await browser.newContext()).newPage();
  const answered = rebound.waitForEvent("response");
  // Chromium calls a refusal without a body a failed navigation.
  await rebound.goto(`http://rebound.example:${port}/api/room`).catch(() => {});
  const response = await answered;
  assert.equal(response.status(), 403);
  assert.equal(response.headers()["content-length"], "0");
  assert.equal(await page.evaluate(openSocket, [`ws://rebound.example:${port}/ws`, ["landline.v1"]]), "closed 1006");
});

test("the room goes on as if nothing had happened", async () => {
  const ana = await Guest.join(browser, server.url, "Ana");
  await ana.say("still here");
  await ana.hears("still here");
  await ana.leave();
});
