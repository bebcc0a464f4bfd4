// As much of WebDriver (W3C) as these tests need, over fetch.

const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";
const POLL_MS = 50;

/** Waits until `condition()` gives something true, and gives that. There are no events in WebDriver, so it asks. */
export async function until(condition, what, withinMs = 15_000) {
  const end = Date.now() + withinMs;
  let last;
  for (;;) {
    try {
      const result = await condition();
      if (result) return result;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

export class Session {
  #url;

  /** Starts `binary args…` through the driver at `driver`. */
  static async start(driver, binary, args) {
    const options = { "webkitgtk:browserOptions": { binary, args } };
    const value = await request("POST", `${driver}/session`, { capabilities: { alwaysMatch: options } });
    const session = new Session();
    session.#url = `${driver}/session/${value.sessionId}`;
    return session;
  }

  /** Never fails: the app may be gone already. */
  async end() {
    await request("DELETE", this.#url).catch(() => {});
  }

  run(script, ...args) {
    return this.#post("execute/sync", { script, args });
  }

  reload() {
    return this.#post("refresh", {});
  }

  async screenshot() {
    return Buffer.from(await request("GET", `${this.#url}/screenshot`), "base64");
  }

  /** The element once it is there and shown. */
  see(selector, withinMs) {
    return until(
      async () => {
        const [element] = await this.all(selector);
        return element && (await element.isShown()) && element;
      },
      `${selector} is shown`,
      withinMs,
    );
  }

  gone(selector, withinMs) {
    return until(async () => (await this.all(selector)).length === 0, `${selector} is gone`, withinMs);
  }

  async all(selector) {
    const found = await this.#post("elements", { using: "css selector", value: selector });
    return found.map((reference) => new Element(this.#url, reference[ELEMENT]));
  }

  #post(path, body) {
    return request("POST", `${this.#url}/${path}`, body);
  }
}

class Element {
  #url;

  constructor(session, id) {
    this.#url = `${session}/element/${id}`;
  }

  isShown() {
    return request("GET", `${this.#url}/displayed`);
  }

  text() {
    return request("GET", `${this.#url}/text`);
  }

  click() {
    return request("POST", `${this.#url}/click`, {});
  }

  clear() {
    return request("POST", `${this.#url}/clear`, {});
  }

  type(text) {
    return request("POST", `${this.#url}/value`, { text });
  }
}

async function request(method, url, body) {
  const response = await fetch(url, { method, body: body && JSON.stringify(body) });
  const { value } = await response.json();
  if (!response.ok) throw new Error(`${method} ${url}: ${value.error}: ${value.message}`);
  return value;
}
