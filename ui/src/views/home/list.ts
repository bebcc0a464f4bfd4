// The rows of the home screen: the rooms around, then those one was in that are not around now.

import { m } from "../../messages/messages.js";
import type { KnownRoom, RoomAround } from "../../wire";

export interface AroundRow {
  readonly room: RoomAround;
  /** Already in it. */
  readonly joined: boolean;
  readonly hosted: boolean;
  /** What tells it apart from another room of its name; empty where nothing is needed beyond the host. */
  readonly apart: string;
}

export function aroundRows(around: readonly RoomAround[], known: readonly KnownRoom[]): AroundRow[] {
  return around.map((room) => {
    const memory = known.find((one) => one.room_id === room.room_id);
    const twins = around.filter((one) => one !== room && sameName(one.name, room.name));
    const alike = twins.some((one) => one.host === room.host);
    return {
      room,
      joined: memory?.joined ?? false,
      hosted: memory?.hosted ?? false,
      apart: alike ? m.room_short_id({ id: room.room_id.slice(0, 4) }) : "",
    };
  });
}

/** Known rooms that are not among those around. */
export function awayRooms(around: readonly RoomAround[], known: readonly KnownRoom[]): KnownRoom[] {
  const here = new Set(around.map((room) => room.room_id));
  return known.filter((room) => !here.has(room.room_id));
}

const sameName = (a: string, b: string) => a.localeCompare(b, undefined, { sensitivity: "accent" }) === 0;

/** Good morning, afternoon or evening, by the hour of this device. */
export function greeting(name: string, hour: number): string {
  if (hour >= 5 && hour < 12) return m.home_morning({ name });
  return hour >= 12 && hour < 18 ? m.home_afternoon({ name }) : m.home_evening({ name });
}
