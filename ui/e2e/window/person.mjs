// Somebody at a computer of their own: a network namespace, a display, a session bus, a data folder, and the real app.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Session, until } from "./webdriver.mjs";

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
export const OUTPUT = join(ROOT, "test-output", "window");

const DRIVER_PORT = 4444;

/** The app under test. */
export function appPath() {
  const named = process.env.LANDLINE_APP;
  const places = named ? [named] : [join(ROOT, "target/release/landline"), "/usr/bin/landline"];
  const found = places.find((place) => existsSync(place));
  if (!found) throw new Error(`no app at ${places.join(" or ")}: run ./dev bundle, or set LANDLINE_APP`);
  return resolve(found);
}

export class Person {
  #app;
  #place;
  #folder;
  #display;
  #processes = [];
  #session;

  /** `place` of a `Lan`, or none for this computer's own network. */
  static async sitDown(app, folder, place, size = "1180x800") {
    const person = new Person();
    person.#app = app;
    person.#folder = folder;
    person.#place = place;
    await person.#openDisplay(size);
    await person.#startDriver();
    return person;
  }

  async start() {
    const driver = `http://${this.#place?.address ?? "127.0.0.1"}:${DRIVER_PORT}`;
    this.#session = await Session.start(driver, this.#app, ["--data", this.#folder]);
  }

  /** Quits as the system does at the end of a session, and waits until the app has said its goodbyes. */
  async quit() {
    const pid = this.pid();
    process.kill(pid, "SIGTERM");
    await until(() => !isRunning(pid), "the app has quit", 10_000);
    await this.#session.end();
  }

  reload() {
    return this.#session.reload();
  }

  /** Goes home; the last picture tells what was on the screen, should a test have failed. */
  async leave() {
    if (this.#session) this.keep(`last-${basename(this.#folder)}`);
    await this.#session?.end();
    for (const child of this.#processes.reverse()) await stop(child);
  }

  /** The process of the app. */
  pid() {
    return processes().find(({ words }) => words[0] === this.#app && words.includes(this.#folder))?.pid;
  }

  see(testid, withinMs) {
    return this.#session.see(selectorOf(testid), withinMs);
  }

  gone(testid, withinMs) {
    return this.#session.gone(selectorOf(testid), withinMs);
  }

  async click(testid) {
    await (await this.see(testid)).click();
  }

  async fill(testid, text) {
    const field = await this.see(testid);
    await field.clear();
    await field.type(text);
  }

  async say(text) {
    await (await this.see("composer")).type(text);
    await this.click("send");
  }

  /** The texts of the open chat, top to bottom. */
  texts() {
    const script = `return [...document.querySelectorAll('[data-testid="message"] [data-testid="message-text"]')]
      .map((text) => text.textContent.trim())`;
    return this.#session.run(script);
  }

  hears(text, withinMs) {
    return until(async () => (await this.texts()).includes(text), `“${text}” is on the screen`, withinMs);
  }

  run(script, ...args) {
    return this.#session.run(script, ...args);
  }

  /** Keeps what is on the display, as a person would see it. */
  keep(name) {
    mkdirSync(OUTPUT, { recursive: true });
    const file = join(OUTPUT, `${name}.png`);
    const shot = spawnSync("import", ["-display", this.#display, "-window", "root", file]);
    if (shot.status !== 0) throw new Error(`no screenshot: ${shot.stderr}`);
    return file;
  }

  /** Keeps what the webview painted. */
  async keepPage(name) {
    mkdirSync(OUTPUT, { recursive: true });
    writeFileSync(join(OUTPUT, `${name}.png`), await this.#session.screenshot());
  }

  /** How many different colours the display shows: a blank window has one or two. */
  colours(file) {
    return Number(spawnSync("identify", ["-format", "%k", file]).stdout.toString());
  }

  async #openDisplay(size) {
    const screen = ["-screen", "0", `${size}x24`, "-nolisten", "tcp", "-displayfd", "3"];
    const server = spawn("Xvfb", screen, { stdio: ["ignore", "ignore", "ignore", "pipe"], detached: true });
    this.#processes.push(server);
    const [number] = await once(server.stdio[3], "data");
    this.#display = `:${number.toString().trim()}`;
  }

  async #startDriver() {
    const host = this.#place?.address ?? "127.0.0.1";
    const driver = ["dbus-run-session", "--", "WebKitWebDriver", `--host=${host}`, `--port=${DRIVER_PORT}`];
    const words = this.#place ? ["ip", "netns", "exec", this.#place.name, ...driver] : driver;
    mkdirSync(OUTPUT, { recursive: true });
    const log = openSync(join(OUTPUT, `${basename(this.#folder)}.log`), "w");
    // A group of its own: the bus, the driver, the app and the webview's processes are all stopped with it.
    const options = { env: this.#environment(), stdio: ["ignore", log, log], detached: true };
    this.#processes.push(spawn(words[0], words.slice(1), options));
    await until(async () => (await fetch(`http://${host}:${DRIVER_PORT}/status`)).ok, "the driver answers");
  }

  #environment() {
    const { WAYLAND_DISPLAY: _wayland, LANDLINE_DATA_DIR: _data, ...rest } = process.env;
    return { ...rest, DISPLAY: this.#display, GDK_BACKEND: "x11", TAURI_WEBVIEW_AUTOMATION: "true", NO_AT_BRIDGE: "1" };
  }
}

/** `composer`, or `room-around[data-name="Workshop"]`, or several of them with commas between. */
function selectorOf(testids) {
  const one = (testid) => testid.trim().replace(/^[\w-]+/, (name) => `[data-testid="${name}"]`);
  return testids.split(",").map(one).join(",");
}

function processes() {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map((pid) => ({ pid: Number(pid), words: read(`/proc/${pid}/cmdline`).split("\0") }));
}

function isRunning(pid) {
  const state = /^State:\s+(\w)/m.exec(read(`/proc/${pid}/status`))?.[1];
  return state !== undefined && state !== "Z";
}

/** Stops a child and all that it started. */
async function stop(child) {
  const gone = child.exitCode === null && child.signalCode === null ? once(child, "exit") : undefined;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // it is gone already
  }
  await gone;
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
