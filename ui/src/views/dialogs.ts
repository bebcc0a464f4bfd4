// The dialogs of the window; at most one is open.

export type DialogName = "settings" | "shortcuts" | "switcher" | "host" | "panel" | "topic" | "direct" | "search";
