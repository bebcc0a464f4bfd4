// The package as a person gets it: installed with dpkg, started from its place, shown, and removed without a trace.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { skipReason } from "./needs.mjs";
import { Person } from "./person.mjs";

const PACKAGE = "landline";
const skip = skipReason(["dpkg", "dpkg"]) || installedAlready();

let folder, person;

after(async () => {
  await person?.leave();
  if (!skip) spawnSync("dpkg", ["--purge", PACKAGE]);
  if (folder) rmSync(folder, { recursive: true, force: true });
});

test("the package is installed, its window opens, and it is removed again", { skip, timeout: 1_800_000 }, async () => {
  const deb = process.env.LANDLINE_DEB;
  assert.ok(deb, "LANDLINE_DEB names the package; ./dev bundle makes one");
  execFileSync("dpkg", ["--install", deb], { stdio: ["ignore", "pipe", "pipe"] });
  const files = listed();
  for (const file of [
    "/usr/bin/landline",
    "/usr/bin/landline-cli",
    "/usr/share/applications/Landline.desktop",
    "/usr/share/metainfo/org.landline.Landline.metainfo.xml",
    "/usr/share/icons/hicolor/128x128/apps/landline.png",
    "/usr/share/icons/hicolor/scalable/apps/landline.svg",
  ]) {
    assert.ok(files.includes(file), `${file} is in the package: ${files}`);
    assert.ok(statSync(file).size > 0, file);
  }
  const entry = readFileSync("/usr/share/applications/Landline.desktop", "utf8");
  assert.match(entry, /^GenericName=/m);
  assert.match(entry, /^Exec=landline$/m);
  assert.match(entry, /^Icon=landline$/m);
  assert.match(execFileSync("landline-cli", ["--version"]).toString(), /landline-cli \d/);

  folder = mkdtempSync(join(tmpdir(), "landline-package-"));
  person = await Person.sitDown("/usr/bin/landline", join(folder, "data"));
  await person.start();
  await person.see("first-name");
  const shot = person.keep("package-first-start");
  assert.ok(person.colours(shot) > 8, "the window is not blank");
  await person.quit();

  execFileSync("dpkg", ["--purge", PACKAGE], { stdio: ["ignore", "pipe", "pipe"] });
  assert.ok(!existsSync("/usr/bin/landline"), "removed");
  assert.ok(!existsSync("/usr/share/applications/Landline.desktop"), "removed");
});

function listed() {
  return execFileSync("dpkg", ["--listfiles", PACKAGE]).toString().split("\n");
}

/** Whose Landline is installed on this computer must find it there afterwards. */
function installedAlready() {
  return spawnSync("dpkg", ["--status", PACKAGE]).status === 0 && "a Landline package is installed on this computer";
}
