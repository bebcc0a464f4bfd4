// The window's platform: every verb is one command of src-tauri/desktop, every event comes through one channel. The
// only file that knows Tauri; all that thinks about rooms, outboxes and breaks is Rust (src-tauri/client).

import { Channel, invoke } from "@tauri-apps/api/core";
import type { InvokeArgs } from "@tauri-apps/api/core";
import type { Boot, ClientFrame, PlatformEvent, Settings } from "../wire";
import { uuidV7 } from "./ids";
import { PlatformError } from "./platform";
import type { HostRequest, KeepRule, Platform } from "./platform";

export class TauriPlatform implements Platform {
  readonly capabilities = { discover: true, host: true, tray: true, notifications: true, keepsOutbox: true };

  async start(onEvent: (event: PlatformEvent) => void): Promise<Boot> {
    const [boot, tray] = await Promise.all([call<Boot>("boot"), call<boolean>("has_tray")]);
    this.capabilities.tray = tray;
    const channel = new Channel<PlatformEvent>();
    channel.onmessage = onEvent;
    await call("attach", { channel });
    return boot;
  }

  setName(name: string): Promise<void> {
    return call("set_name", { name });
  }

  saveSettings(settings: Settings): Promise<void> {
    return call("save_settings", { settings });
  }

  join(roomOrAddress: string): Promise<string> {
    return call("join_room", { target: roomOrAddress });
  }

  leave(room: string): Promise<void> {
    return call("leave_room", { room });
  }

  forget(room: string, discard: boolean): Promise<void> {
    return call("forget_room", { room, discard });
  }

  host(request: HostRequest): Promise<string> {
    return call("host_room", { request });
  }

  changeHosting(change: { name?: string; visible?: boolean }): Promise<void> {
    return call("change_hosting", { change });
  }

  stopHosting(): Promise<void> {
    return call("stop_hosting");
  }

  keep(rule: KeepRule): Promise<void> {
    return call("keep", { rule });
  }

  backUp(): Promise<string> {
    return call("back_up");
  }

  save(name: string, parts: readonly string[]): Promise<string> {
    return call("save_download", { name, text: parts.join("") });
  }

  send(room: string, frame: ClientFrame): void {
    const named: ClientFrame =
      frame.type === "MSG"
        ? { type: "MSG", data: { ...frame.data, message_id: frame.data.message_id ?? uuidV7() } }
        : frame;
    report(call("send", { room, frame: named }));
  }

  reconnect(room: string): void {
    report(call("reconnect", { room }));
  }

  retry(room: string, messageId: string): void {
    report(call("retry_message", { room, messageId }));
  }

  discard(room: string, messageId: string): void {
    report(call("discard_message", { room, messageId }));
  }

  copy(text: string): Promise<void> {
    return call("copy", { text });
  }

  openLink(url: string): void {
    report(call("open_link", { url }));
  }

  notify(notice: { room: string; topic?: string; with?: string; title: string; body: string }): void {
    report(call("notify", { notice }));
  }

  badge(count: number): void {
    report(call("badge", { count }));
  }
}

async function call<T>(command: string, args?: InvokeArgs): Promise<T> {
  try {
    return await invoke<T>(command, args);
  } catch (error) {
    throw new PlatformError(wordsOf(error), codeOf(error));
  }
}

function codeOf(error: unknown): string | undefined {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : undefined;
}

/** Rust refuses with `{code, message}`; Tauri itself with a string. */
function wordsOf(error: unknown): string {
  if (typeof error === "object" && error !== null && "message" in error) return String(error.message);
  return String(error);
}

/** For verbs without an answer: the room's own events tell what became of it, the console keeps the rest. */
function report(promise: Promise<unknown>): void {
  promise.catch((error: unknown) => console.warn(wordsOf(error)));
}
