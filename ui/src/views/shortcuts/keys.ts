// The keys of the whole window. A view's own keys (menus, the timeline, the composer) stay with the view.

export type Shortcut =
  | "switcher"
  | "search"
  | "shortcuts"
  | "settings"
  | "previous"
  | "next"
  | "previous-unread"
  | "next-unread"
  | "landmark"
  | "landmark-back"
  | "first"
  | "latest"
  | "escape";

const MAC = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.platform);

/** What the control key is called here. */
export const control = (): string => (MAC ? "⌘" : "Ctrl");

type Press = Pick<
  KeyboardEvent,
  "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey" | "isComposing" | "defaultPrevented"
>;

/** Which shortcut a key press is; null: none, or somebody took it already. */
export function shortcut(press: Press, mac: boolean = MAC): Shortcut | null {
  if (press.defaultPrevented || press.isComposing) return null;
  const withControl = mac ? press.metaKey : press.ctrlKey;
  if (withControl && !press.altKey && !press.shiftKey) {
    const byKey: Record<string, Shortcut> = {
      k: "switcher",
      K: "switcher",
      f: "search",
      F: "search",
      "/": "shortcuts",
      ",": "settings",
      Home: "first",
      End: "latest",
    };
    return byKey[press.key] ?? null;
  }
  if (press.altKey && !press.ctrlKey && !press.metaKey) {
    if (press.key === "ArrowUp") return press.shiftKey ? "previous-unread" : "previous";
    if (press.key === "ArrowDown") return press.shiftKey ? "next-unread" : "next";
  }
  if (press.ctrlKey || press.metaKey || press.altKey) return null;
  if (press.key === "F6") return press.shiftKey ? "landmark-back" : "landmark";
  return press.key === "Escape" && !press.shiftKey ? "escape" : null;
}
