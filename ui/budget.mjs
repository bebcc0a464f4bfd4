// After a build: what a guest downloads before the first chat is on screen stays within its budget, and the demo world is
// not in it. That is index.html, the platform for browsers, and everything they import before they run; what is behind an
// `import()` comes when it is looked at. `node budget.mjs` in ui/; prints the sum, ends with 1 over the budget.

import { readFileSync, readdirSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET_BYTES = 130_000;
const DEMO = "Lena Vogt";

const files = ["index.html", ...readdirSync("dist/assets").map((name) => `assets/${name}`)];
for (const name of files)
  if (readFileSync(`dist/${name}`).includes(DEMO)) throw new Error(`${name} holds the demo world`);

const first = new Set();
load("index.html");
load(files.find((name) => /^assets\/browser-.*\.js$/.test(name)));

let sum = 0;
let later = 0;
for (const name of files) {
  const size = gzipSync(readFileSync(`dist/${name}`)).length;
  if (first.has(name)) sum += size;
  else later += size;
  console.log(`${String(size).padStart(8)}  ${first.has(name) ? "     " : "later"}  ${name}`);
}
console.log(`${String(later).padStart(8)}  gzip of what comes when it is looked at`);
console.log(`${String(sum).padStart(8)}  gzip at first load, of ${BUDGET_BYTES}`);
if (sum > BUDGET_BYTES) process.exit(1);

/** Takes in a file and what it imports before it runs. */
function load(name) {
  if (first.has(name)) return;
  first.add(name);
  if (name.endsWith(".css")) return;
  const text = readFileSync(`dist/${name}`, "utf8");
  const named = name === "index.html" ? /(?:src|href)="\/(assets\/[^"]+)"/g : /(?:\bfrom|\bimport)\s*"\.\/([^"]+)"/g;
  for (const [, other] of text.matchAll(named)) load(other.startsWith("assets/") ? other : `assets/${other}`);
}
