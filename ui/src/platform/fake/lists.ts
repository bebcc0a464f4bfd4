// What lies around the demo room: rooms on the network, rooms of before, the hosted one.

import type { Boot, Hosting, KnownRoom, RoomAround } from "../../wire";
import { lena } from "./people";

export const WORKSHOP = "0f4d2b6a9c1e4f7d8a3b5c6d7e8f9a01";
export const KITCHEN = "5a6b7c8d9e0f41a2b3c4d5e6f708192a";
const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

export const boot = (named: boolean): Boot => ({
  user_id: lena.user_id,
  ...(named ? { display_name: lena.display_name } : {}),
  suggested_name: "lena",
  settings: {
    theme: "system",
    enter_sends: true,
    close_to_tray: false,
    notifications: true,
    send_typing: true,
    show_comings: true,
  },
  version: "0.1.0",
});

export const around = (): RoomAround[] => [
  {
    room_id: "b1",
    name: "3rd floor",
    host: "reception",
    access: "open",
    members: 14,
    addrs: ["192.168.1.31:8000"],
    compatible: true,
  },
  {
    room_id: "b2",
    name: "Board",
    host: "ana-laptop",
    access: "locked",
    members: 3,
    addrs: ["192.168.1.44:8000"],
    compatible: true,
  },
  {
    room_id: "b3",
    name: "Museum of old protocols",
    host: "attic",
    access: "open",
    members: 1,
    addrs: ["192.168.1.9:7000"],
    compatible: false,
  },
  {
    room_id: WORKSHOP,
    name: "Workshop",
    host: "lena-desk",
    access: "open",
    members: 8,
    addrs: ["192.168.1.20:8000"],
    compatible: true,
  },
];

export const known = (): KnownRoom[] => [
  { room_id: WORKSHOP, name: "Workshop", address: "192.168.1.20:8000", last_seen: ago(1), joined: true, hosted: true },
  {
    room_id: KITCHEN,
    name: "Kitchen",
    address: "192.168.1.77:8000",
    last_seen: ago(60 * 20),
    joined: true,
    hosted: false,
  },
  {
    room_id: "b9",
    name: "Summer camp 2026",
    address: "10.0.0.3:8000",
    last_seen: ago(60 * 24 * 90),
    joined: false,
    hosted: false,
  },
];

/** Looks like a QR code from afar; it says nothing. The real one is made by the desktop app. */
function qr(): string {
  const size = 25;
  const cells: string[] = [];
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) if ((x * 7 + y * 13 + x * y * 3) % 5 < 2) cells.push(`M${x} ${y}h1v1h-1z`);
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-2 -2 29 29"><path d="${cells.join("")}"/></svg>`;
}

export const hosting = (): Hosting => ({
  room_id: WORKSHOP,
  name: "Workshop",
  urls: ["http://192.168.1.20:8000", "http://10.8.0.2:8000"],
  qr_svg: qr(),
  visible: true,
  since: ago(190),
  keeps: { topics: [] },
  warnings: [],
});
