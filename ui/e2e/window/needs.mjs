// What the window tests need of the machine. A test that cannot run says why; in CI nothing is skipped.

import { spawnSync } from "node:child_process";

const TOOLS = {
  ip: "iproute2",
  Xvfb: "xvfb",
  "dbus-run-session": "dbus",
  WebKitWebDriver: "webkit2gtk-driver",
  import: "imagemagick",
};

/** Why these tests cannot run here, or false. */
export function skipReason(...more) {
  const reason = missing(more);
  if (reason && process.env.CI) throw new Error(`in CI nothing is skipped, but ${reason}`);
  return reason;
}

function missing(more) {
  if (process.platform !== "linux") return "the window is driven on Linux only";
  if (process.getuid() !== 0) return "network namespaces need root";
  for (const [tool, debianPackage] of Object.entries({ ...TOOLS, ...Object.fromEntries(more) })) {
    if (spawnSync("which", [tool]).status !== 0) return `${tool} is missing (package ${debianPackage})`;
  }
  return false;
}
