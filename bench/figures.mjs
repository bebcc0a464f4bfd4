// What can be measured on one machine without a second one: printed as it is, with the machine it was measured on.
// Time to find a room and message times across two hosts come from the LAN tests of `./dev test`, which print them.

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Guest, launch } from "../ui/e2e/guest/guest.mjs";
import { Server } from "../ui/e2e/guest/server.mjs";

const KB = 1024;
const print = (what, value) => console.log(`${what.padEnd(48)} ${value}`);
const kilobytes = (bytes) => `${(bytes / KB).toFixed(1)} KiB`;

/** Resident memory of a process, as the kernel counts it. */
const resident = (pid) =>
  Number(
    /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1],
  ) * KB;

print(
  "machine",
  `${cpus().length} × ${cpus()[0].model.trim()}, ${(totalmem() / KB ** 3).toFixed(0)} GiB`,
);

const started = performance.now();
const server = await Server.start();
print(
  "landline-cli serve: from start to listening",
  `${(performance.now() - started).toFixed(0)} ms`,
);
print(
  "landline-cli serve: memory, nobody here",
  kilobytes(resident(server.pid)),
);
print(
  "landline-cli: size of the program",
  kilobytes(statSync(process.env.LANDLINE_CLI).size),
);

const browser = await launch();
const context = await browser.newContext();
const page = await context.newPage();
const loaded = [];
page.on("response", (response) =>
  loaded.push(response.body().then((body) => gzipSync(body).length)),
);
await page.goto(server.url);
await page.getByTestId("first-name").waitFor();
const sizes = await Promise.all(loaded);
print(
  "UI: first load of a guest, gzip",
  `${kilobytes(sizes.reduce((sum, size) => sum + size, 0))} in ${sizes.length} requests`,
);
await context.close();

const guests = [];
for (const number of Array.from({ length: 8 }, (_, at) => at))
  guests.push(await Guest.join(browser, server.url, `Guest ${number}`));
print(
  "landline-cli serve: memory, 8 guests in the lobby",
  kilobytes(resident(server.pid)),
);
await browser.close();
await server.stop();

const target = process.env.CARGO_TARGET_DIR ?? "target";
const packages = ["deb", "rpm"].flatMap((kind) => {
  try {
    const folder = join(target, "release/bundle", kind);
    return readdirSync(folder)
      .filter((name) => name.endsWith(`.${kind}`))
      .map((name) => join(folder, name));
  } catch {
    return []; // not built: ./dev bundle
  }
});
for (const file of packages)
  print(`package ${file.split("/").at(-1)}`, kilobytes(statSync(file).size));

const tidy = execFileSync("cargo", ["xtask", "tidy"], { encoding: "utf8" });
console.log(tidy.slice(tidy.indexOf("lines per file")));
