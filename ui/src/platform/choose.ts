// Chooses what carries the UI. Each platform is its own chunk, so a guest never downloads the Tauri part, and the demo
// world is not in the production bundle at all: the condition around it is known when the bundle is built.

import type { Platform } from "./platform";

export async function choosePlatform(): Promise<Platform> {
  if (import.meta.env.DEV || import.meta.env.MODE === "demo") {
    const { FakePlatform, sceneOf } = await import("./fake");
    const scene = sceneOf(location.search);
    if (scene) return new FakePlatform(scene);
  }
  if ("__TAURI_INTERNALS__" in window) {
    const { TauriPlatform } = await import("./tauri");
    return new TauriPlatform();
  }
  const { BrowserPlatform } = await import("./browser");
  return new BrowserPlatform();
}
