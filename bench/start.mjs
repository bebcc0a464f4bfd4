// How long a start takes: the release app to a window that can be used, and a host to the moment it listens, with nothing
// to remember and with a million messages. Printed, never asserted. LANDLINE_CLI and LANDLINE_SEARCH_BENCH name the programs;
// the app is measured where it was built (LANDLINE_APP, or ./dev bundle) and a WebKitWebDriver and Xvfb are there.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const MESSAGES = 1_000_000;
const STARTS = 7;
const ms = (value) => `${value.toFixed(0)} ms`;

function print(what, times) {
  const sorted = times.toSorted((one, other) => one - other);
  const middle = sorted[Math.floor(sorted.length / 2)];
  console.log(
    `${what.padEnd(64)} median ${ms(middle)}, ${ms(sorted[0])} to ${ms(sorted.at(-1))} of ${times.length}`,
  );
}

/** From the start of the process to its word that it listens. */
async function host(folder) {
  const started = performance.now();
  const child = spawn(
    process.env.LANDLINE_CLI,
    `serve --bind 127.0.0.1 --port 0 --no-announce --json --data ${folder}`.split(
      " ",
    ),
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  for await (const line of createInterface({ input: child.stdout }))
    if (JSON.parse(line).event === "listening") break;
  const took = performance.now() - started;
  child.kill("SIGTERM");
  await once(child, "exit");
  return took;
}

async function times(measure) {
  const all = [];
  for (let start = 0; start < STARTS; start += 1) all.push(await measure());
  return all;
}

const folder = mkdtempSync(join(tmpdir(), "landline-start-"));
try {
  print(
    "landline-cli serve to listening, an empty room",
    await times(() => host(join(folder, "empty"))),
  );
  const large = join(folder, "large");
  const made = spawnSync(
    process.env.LANDLINE_SEARCH_BENCH,
    ["--make-room", large, String(MESSAGES)],
    { stdio: "ignore" },
  );
  if (made.status !== 0) throw new Error("the large room was not made");
  // The first start puts the search index in order, beside what is measured.
  print(
    `landline-cli serve to listening, ${MESSAGES} messages`,
    await times(() => host(large)),
  );
  await measureApp();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** From the start of the driver's session to the field for one's name, which is the first thing a person can use. */
async function measureApp() {
  const { Person, appPath } = await import("../ui/e2e/window/person.mjs");
  let app;
  try {
    app = appPath();
  } catch (error) {
    console.log(`the app's start is not measured: ${error.message}`);
    return;
  }
  const all = await times(async () => {
    const person = await Person.sitDown(app, mkdtempSync(join(folder, "app-")));
    const started = performance.now();
    await person.start();
    await person.see("first-name");
    const took = performance.now() - started;
    await person.leave();
    return took;
  });
  print("release app, process start to a usable window", all);
}
