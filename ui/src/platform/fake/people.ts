// The people of the demo world.

import type { UserInfo, Via } from "../../wire";

const person = (number: number, display_name: string, via: Via, online = true, host = false): UserInfo => ({
  user_id: `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`,
  display_name,
  online,
  via,
  ...(host ? { host } : {}),
});

export const lena = person(1, "Lena Vogt", "app", true, true);
export const jun = person(2, "Jun Tanaka", "app");
export const mona = person(3, "Mona Okafor", "app");
export const ana = person(4, "Ana Ruiz", "app");
export const pavel = person(5, "Pavel Kuz", "app", false);
export const sara = person(6, "Sara Bell", "app");
export const visitor = person(7, "visitor-2", "browser");
export const sensor = person(8, "sensor-1", "script");
/** Guests of the older chat systems: each speaks, none is a person of the room. */
export const client7 = person(71, "Client #7", "plain");
export const imposter = person(72, "Lena Vogt", "activity");
export const topical = person(73, "alice#1", "topic");
export const fast = person(9, "Ann Fast", "fastchat");
export const everybody = [lena, jun, mona, ana, pavel, sara, visitor, sensor];
