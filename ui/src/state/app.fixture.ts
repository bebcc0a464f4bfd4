// For tests: the app at a platform that does nothing but remember.

import { afterEach, beforeEach, vi } from "vitest";
import type { Platform } from "../platform/platform";
import type { ClientFrame, PlatformEvent } from "../wire";
import { App } from "./app.svelte";
import { NOW, ROOM, boot, hello, history, joined, messages, online, presence } from "./world.fixture";

/** A platform that does nothing but remember what was asked of it. */
export class Recorder implements Platform {
  capabilities = { discover: true, host: true, tray: true, notifications: true, keepsOutbox: true };
  readonly sent: ClientFrame[] = [];
  readonly notices: { room: string; topic?: string; with?: string; title: string; body: string }[] = [];
  readonly badges: number[] = [];
  #onEvent: (event: PlatformEvent) => void = () => {};
  /** Events that come before the boot has been answered. */
  early: PlatformEvent[] = [];

  start(onEvent: (event: PlatformEvent) => void) {
    this.#onEvent = onEvent;
    this.early.forEach(onEvent);
    return Promise.resolve(boot);
  }
  tell(...events: PlatformEvent[]): void {
    events.forEach((event) => this.#onEvent(event));
  }
  take(type: ClientFrame["type"]): ClientFrame[] {
    const taken = this.sent.filter((one) => one.type === type);
    this.sent.splice(0, this.sent.length, ...this.sent.filter((one) => one.type !== type));
    return taken;
  }
  send = (_room: string, one: ClientFrame) => void this.sent.push(one);
  notify = (notice: (typeof this.notices)[number]) => void this.notices.push(notice);
  badge = (count: number) => void this.badges.push(count);
  setName = () => Promise.resolve();
  saveSettings = () => Promise.resolve();
  join = () => Promise.resolve(ROOM);
  leave = () => Promise.resolve();
  forget = () => Promise.resolve();
  host = () => Promise.resolve(ROOM);
  changeHosting = () => Promise.resolve();
  stopHosting = () => Promise.resolve();
  keep = () => Promise.resolve();
  backUp = () => Promise.resolve("");
  save = () => Promise.resolve(null);
  reconnect = () => {};
  retry = () => {};
  discard = () => {};
  copy = () => Promise.resolve();
  openLink = () => {};
}

export const LOBBY = "#lobby";

/** Ana's app, online in the room, whose lobby has `seq` messages that she has read up to `read`. */
export async function atHome(seq = 0, read = 0, change: (platform: Recorder) => void = () => {}) {
  const platform = new Recorder();
  change(platform);
  const app = new App(platform);
  await app.start();
  platform.tell(online, hello, presence, joined(seq, read));
  vi.advanceTimersByTime(2_000);
  return { app, platform };
}

export async function inTheLobby(seq = 0, read = seq) {
  const home = await atHome(seq, read);
  home.app.openChat(ROOM, LOBBY);
  if (seq > 0) home.platform.tell(history(messages(1, seq), false));
  vi.advanceTimersByTime(2_000);
  home.platform.sent.length = 0;
  return home;
}

/** For the head of a file: a clock that stands still, and nothing remembered. */
export function freshly(): void {
  beforeEach(() => {
    vi.useFakeTimers({ now: NOW });
    localStorage.clear();
  });
  afterEach(() => vi.useRealTimers());
}
