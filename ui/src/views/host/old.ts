// Where the older chat systems' programs enter a room.

import type { Via } from "../../wire";

const PATHS: readonly { via: Via; path: string }[] = [
  { via: "plain", path: "/ws/1" },
  { via: "pair", path: "/chat/public" },
  { via: "topic", path: "/ws" },
  { via: "activity", path: "/ws/activity" },
  { via: "fastchat", path: "/ws" },
];

/** `url`: the room's `http://IP:port`. */
export function oldAddresses(url: string): { via: Via; address: string }[] {
  const base = url.replace(/^http/, "ws").replace(/\/$/, "");
  return PATHS.map(({ via, path }) => ({ via, address: `${base}${path}` }));
}
