// What the browser's window shows of the app outside of its page: title, address, back and forward; and what it tells:
// whether somebody looks. Beside main.ts, because neither state nor views know the window.

import { addressOf, chatAt } from "./state/address";
import type { App } from "./state/app.svelte";
import { wordTitle } from "./state/words";

/** Ties the window to the app, for as long as the page lives. */
export function tieWindow(app: App): void {
  const look = () => app.setFocused(document.visibilityState === "visible" && document.hasFocus());
  window.addEventListener("focus", look);
  window.addEventListener("blur", look);
  document.addEventListener("visibilitychange", look);
  // Before the platform lets go of its socket, so what was read is told.
  window.addEventListener("pagehide", () => app.setFocused(false));
  window.addEventListener("pageshow", look);
  look();
  $effect.root(() => {
    $effect(() => {
      document.title = wordTitle(app.state, app.roomId, app.chatKey);
    });
    // The app's own window has no address bar, and its web view is spared every navigation.
    if (!app.capabilities.discover) tieAddress(app);
  });
}

function tieAddress(app: App): void {
  app.wish(chatAt(location.hash));
  window.addEventListener("popstate", () => {
    const key = chatAt(location.hash);
    if (app.roomId === null) return;
    if (key) app.openChat(app.roomId, key);
    else app.closeChat();
  });
  let isFirst = true;
  $effect(() => {
    if (app.roomId === null || (isFirst && app.chatKey === null)) return;
    const address = addressOf(app.chatKey);
    const wasFirst = isFirst;
    isFirst = false;
    if (location.hash === address) return;
    // The page's first place is not one to go back from.
    if (wasFirst) history.replaceState(null, "", address);
    else history.pushState(null, "", address);
  });
}
