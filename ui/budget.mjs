// After a build: what a guest downloads before the first screen stays within its budget, and the demo world is not in it.
// `node budget.mjs` in ui/; prints the sum, ends with 1 over the budget.

import { readFileSync, readdirSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET_BYTES = 130_000;
const DEMO = "Lena Vogt";

const files = ["index.html", ...readdirSync("dist/assets").map((name) => `assets/${name}`)]
  // Only the desktop app loads it, from its own disk.
  .filter((name) => !/^assets\/(tauri|hosting|Home)-.*$/.test(name));
let sum = 0;
for (const name of files) {
  const bytes = readFileSync(`dist/${name}`);
  if (bytes.includes(DEMO)) throw new Error(`${name} holds the demo world`);
  const size = gzipSync(bytes).length;
  sum += size;
  console.log(`${String(size).padStart(8)}  ${name}`);
}
console.log(`${String(sum).padStart(8)}  gzip at first load, of ${BUDGET_BYTES}`);
if (sum > BUDGET_BYTES) process.exit(1);
