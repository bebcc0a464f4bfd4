// A person with a browser: the real Chromium of the system, the real page, seen and used by roles and test ids.

import assert from "node:assert/strict";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import { chromium } from "playwright-core";

const out = join(process.env.LANDLINE_OUT ?? "test-output", "guest");
mkdirSync(out, { recursive: true });

const program = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);

export const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
export const DESK = { viewport: { width: 1280, height: 800 } };

/** Chromium that calls nobody. */
export function launch(...more) {
  return chromium.launch({
    executablePath: program,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...more,
    ],
  });
}

export class Guest {
  /** What went wrong in the page: each is a failure at the end. */
  faults = [];

  constructor(name, context, page) {
    this.name = name;
    this.context = context;
    this.page = page;
  }

  /** Opens the room's page with a browser of one's own. */
  static async open(browser, url, name, options = DESK) {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const guest = new Guest(name, context, page);
    page.setDefaultTimeout(15_000);
    page.on("pageerror", (error) => guest.faults.push(`${error}`));
    page.on("dialog", (dialog) => {
      guest.faults.push(`a dialog opened: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("request", (request) => {
      const foreign = new URL(request.url()).origin !== new URL(url).origin;
      if (foreign && !request.url().startsWith("data:")) guest.faults.push(`it asked ${request.url()}`);
    });
    await page.goto(url);
    return guest;
  }

  /** Opens the page, gives the name, and is in the lobby. */
  static async join(browser, url, name, options) {
    const guest = await Guest.open(browser, url, name, options);
    await guest.see("first-name").fill(name);
    await guest.see("first-go").click();
    await guest.goTo("lobby");
    return guest;
  }

  /** What may be looked at later has been fetched. */
  async fetchedAhead() {
    await this.page.waitForFunction(() =>
      performance.getEntriesByType("resource").some(({ name }) => /\/Search-[^/]*\.js$/.test(name)),
    );
  }

  see(testid) {
    return this.page.getByTestId(testid);
  }

  message(text) {
    return this.see("message").filter({ hasText: text });
  }

  /** Shows a topic; where the list is a page of its own, comes from there. */
  async goTo(topic) {
    const item = this.see("topic-item").filter({ hasText: topic });
    const composer = this.see("composer");
    await item.or(composer).first().waitFor();
    if (await item.isVisible()) await item.click();
    await composer.waitFor();
  }

  async write(text) {
    await this.see("composer").fill(text);
  }

  async say(text) {
    await this.write(text);
    await this.see("send").click();
  }

  async hears(text) {
    await this.message(text).first().waitFor();
  }

  /** All texts on the screen, in their order. */
  texts() {
    return this.see("message-text").allTextContents();
  }

  /** Keeps a picture; fails on what axe calls serious or critical, and when something is wider than the window. */
  async looksWell(screen) {
    // What moves is looked at where it ends.
    await this.page.evaluate(() => Promise.allSettled(document.getAnimations().map((animation) => animation.finished)));
    await this.picture(screen);
    const over = await this.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(over <= 0, `${screen} is ${over} px wider than the window`);
    const { violations } = await new AxeBuilder({ page: this.page }).analyze();
    const bad = violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, help, nodes }) => `${id}: ${help}\n    ${nodes.map(({ html }) => html).join("\n    ")}`);
    assert.deepEqual(bad, [], `axe on ${screen}`);
  }

  async picture(name) {
    await this.page.screenshot({ path: join(out, `${name}.png`) });
  }

  async leave() {
    await this.context.close();
    assert.deepEqual(this.faults, [], `in ${this.name}'s page`);
  }
}
