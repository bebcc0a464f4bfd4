// Pictures of every screen of the demo world in several sizes, light and dark, and what axe says of each.
// `node e2e/shots.mjs [filter]`: pictures go to test-output/shots; fails when axe finds something serious.

import { mkdir } from "node:fs/promises";
import { AxeBuilder } from "@axe-core/playwright";
import { chromium } from "playwright-core";
import { build, preview } from "vite";

const OUT = new URL("../../test-output/shots/", import.meta.url).pathname;
const SIZES = { desk: [1180, 760], wide: [1600, 900], phone: [390, 844], tiny: [320, 640] };
const click = (testid) => (page) => page.getByTestId(testid).first().click();

/** Each screen: the demo's scene, and what leads there. */
const SCREENS = {
  first: { scene: "first" },
  home: { scene: "home" },
  empty: { scene: "empty" },
  help: { scene: "home", act: click("find-help-button") },
  hostform: { scene: "empty", act: click("host-button") },
  chat: { scene: "chat" },
  busy: { scene: "busy" },
  offline: { scene: "offline", act: (page) => page.getByTestId("banner").waitFor() },
  panel: {
    scene: "home",
    act: click("host-button"),
  },
  settings: {
    scene: "home",
    act: click("settings-button"),
  },
  switcher: { scene: "chat", act: (page) => page.keyboard.press("Control+k") },
  shortcuts: { scene: "chat", act: (page) => page.keyboard.press("Control+/") },
  guestfirst: { scene: "guest" },
  guest: {
    scene: "guest",
    act: async (page) => {
      await page.getByTestId("first-name").fill("visitor-2");
      await page.getByTestId("first-go").click();
      await page.getByTestId("composer").waitFor();
    },
  },
  chats: {
    scene: "chat",
    only: ["phone", "tiny"],
    act: click("back-button"),
  },
  old: { scene: "old" },
  passing: { scene: "passing" },
  pair: {
    scene: "pair",
    act: async (page) => {
      if (await page.getByTestId("back-button").count()) await page.getByTestId("back-button").click();
      await page.getByTestId("meet-someone").click();
      await page.getByTestId("happening").waitFor();
    },
  },
  waiting: {
    scene: "chat",
    act: async (page) => {
      if (await page.getByTestId("back-button").count()) await page.getByTestId("back-button").click();
      await page.getByTestId("meet-someone").click();
      await page.getByTestId("meet-leave").waitFor();
    },
  },
  search: {
    scene: "busy",
    act: async (page) => {
      await page.getByTestId("search-button").click();
      await page.getByTestId("search-input").fill("the");
      await page.getByTestId("search-hit").first().waitFor();
    },
  },
  searchnone: {
    scene: "chat",
    only: ["phone", "desk"],
    act: async (page) => {
      await page.getByTestId("search-button").click();
      await page.getByTestId("search-input").fill("nobody said this");
      await page.getByTestId("search-none").waitFor();
    },
  },
  searchempty: { scene: "chat", only: ["phone", "desk"], act: click("search-button") },
  addtopic: {
    scene: "chat",
    act: async (page) => {
      if (await page.getByTestId("back-button").count()) await page.getByTestId("back-button").click();
      await page.getByTestId("add-topic").click();
      await page.getByTestId("add-topic-life").selectOption("30");
    },
  },
  oldprograms: {
    scene: "home",
    act: async (page) => {
      await page.getByTestId("host-button").first().click();
      await page.getByTestId("old-programs").locator("summary").click();
    },
  },
  people: { scene: "chat", only: ["phone", "tiny"], act: click("people-button") },
};

const filter = process.argv[2] ?? "";
await mkdir(OUT, { recursive: true });
const quiet = { mode: "demo", logLevel: "warn" };
await build(quiet);
const server = await preview({ ...quiet, preview: { host: "127.0.0.1", port: 4180, strictPort: false } });
const url = server.resolvedUrls.local[0];
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
});
let serious = 0;
for (const [name, { scene, act, only }] of Object.entries(SCREENS)) {
  for (const [size, [width, height]] of Object.entries(SIZES)) {
    for (const colorScheme of ["light", "dark"]) {
      const label = `${name}-${size}-${colorScheme}`;
      if (!label.includes(filter) || (only && !only.includes(size))) continue;
      const context = await browser.newContext({ viewport: { width, height }, colorScheme, reducedMotion: "reduce" });
      const page = await context.newPage();
      page.on("pageerror", (error) => console.error(label, "page error:", error.message));
      page.on("console", (line) => line.type() === "error" && console.error(label, "console:", line.text()));
      await page.goto(`${url}?fake=${scene}`);
      await page.locator("[data-started=true]").waitFor({ state: "attached" });
      try {
        await act?.(page);
        if (await page.getByTestId("timeline").count()) await page.getByTestId("message").last().waitFor();
        await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
        await page.screenshot({ path: `${OUT}${label}.png` });
        const sideways = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        if (sideways > 0) console.error(label, `scrolls sideways by ${sideways}`);
        serious += Math.max(0, sideways);
        const { violations } = await new AxeBuilder({ page }).analyze();
        for (const { id, impact, nodes } of violations) {
          console.log(
            label,
            impact,
            id,
            nodes.map((node) => `${node.html.slice(0, 160)} :: ${node.any[0]?.message ?? ""}`).slice(0, 3),
          );
          if (impact === "serious" || impact === "critical") serious++;
        }
      } catch (error) {
        serious++;
        console.error(label, String(error).slice(0, 400));
      }
      await context.close();
    }
  }
}
await browser.close();
await server.close();
if (serious > 0) throw new Error(`${serious} serious findings`);
