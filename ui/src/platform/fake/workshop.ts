// What was said in the demo room.

import type { ChatKey } from "../../chat";
import { ana, client7, everybody, imposter, jun, lena, mona, pavel, sara, sensor, topical, visitor } from "./people";
import type { FakeRoom } from "./room";

const DAY = 24 * 60;

/** A long history in #laser-cutter, so that scrolling, windows and jumps can be seen. */
const LONG = 2_400;

export function fillWorkshop(room: FakeRoom): void {
  const all = everybody.map((person) => person.user_id);
  lobby(room, "#lobby");
  const words = ["speed", "plywood", "fan", "lens", "poplar", "acrylic", "focus", "belt"];
  for (let index = 0; index < LONG; index += 1) {
    const from = [jun, ana, sensor, sara][Math.floor(index / 3) % 4]!;
    const about = words[(index * 7) % words.length]!;
    room.past(
      "#laser-cutter",
      from,
      (LONG - index) * 9,
      `${about}, run ${index + 1}: ${"fine ".repeat((index % 13) + 1)}`,
    );
  }
  room.past("#laser-cutter", jun, 12, "@Lena Vogt the new lens is here");
  room.past("#lunch", sara, 3 * 60, "Soup at the corner, 12:30?");
  room.past("#lunch", ana, 3 * 60 - 2, "In!");
  room.past(`@${mona.user_id}`, mona, 70, "Do you have a minute later? It is about the badge.");
  room.past(`@${mona.user_id}`, lena, 66, "Sure, after four.");
  room.past(`@${mona.user_id}`, mona, 8, "Come by the door then, please 🙏");
  room.past(`@${jun.user_id}`, jun, DAY * 2, "Thanks for the spare belt!");
  room.past(`@${ana.user_id}`, lena, DAY * 4, "The signs look great.");
  for (const key of ["#lobby", "#laser-cutter", "#lunch", "#tonight"] as const) room.log(key).members = [...all];
  room.log("#tonight").members = [mona.user_id, sara.user_id];
  room.log("#lobby").guests = 3;
  room.log("#tonight").ttl = 30;
  readExcept(room, "#lobby", 2);
  readExcept(room, "#laser-cutter", 4);
  readExcept(room, "#lunch", 0);
  readExcept(room, `@${mona.user_id}`, 1);
  readExcept(room, `@${jun.user_id}`, 0);
  readExcept(room, `@${ana.user_id}`, 0);
}

function lobby(room: FakeRoom, key: ChatKey): void {
  room.past(key, lena, DAY * 3 + 30, "Workshop is open. The code to join is on the door.");
  room.past(key, pavel, DAY * 3 + 10, "Works from my phone too. No account, no app. I like it.");
  room.past(key, mona, DAY + 300, "Who has the 4 mm drill?");
  room.past(key, ana, DAY + 290, "On the bench by the window.");
  room.past(key, ana, DAY + 289, "Second drawer, left.");
  room.past(key, sara, DAY + 120, "שלום לכולם, הגעתי");
  room.past(key, jun, 52, "The laser is free until eleven, then Ana has it for the signs.");
  room.past(
    key,
    jun,
    51,
    "Config I used yesterday for 4 mm plywood:\n```\nspeed  = 18 mm/s\npower  = 62 %\npasses = 2      # one is enough for poplar\n```",
  );
  room.past(key, mona, 33, "Perfect. @Lena Vogt could you open the door at ten? My badge still does not work.");
  room.past(key, lena, 31, "Door: ten o'clock, promised.");
  room.past(
    key,
    visitor,
    24,
    "Hi, found the code on the door. Is there a place to put large drawings? https://192.168.1.20:8000/files",
  );
  room.past(key, visitor, 23, "<script>alert(1)</script> is how my printer answers, **by the way**");
}

/** What the scene of the older chat systems shows, said now. */
export function fillGuests(room: FakeRoom): void {
  room.say("#lobby", client7, "hello from a ten-year-old page");
  room.say("#lobby", client7, "");
  room.say("#lobby", imposter, "I am called Lena Vogt too, but I came another way");
  room.say("#lobby", { ...imposter, display_name: "bob" }, "the same connection, another name");
  room.say("#lobby", client7, "lots of letters ".repeat(3_200));
  room.say("#lobby", topical, "this one is gone in half a minute");
}

/** A topic whose messages disappear, with something in it. */
export function fillTonight(room: FakeRoom): void {
  room.say("#tonight", mona, "The code for the gate is 4711.");
  room.say("#tonight", sara, "Thanks. And the cellar?");
  room.say("#tonight", lena, "Open until ten.");
}

function readExcept(room: FakeRoom, key: ChatKey, unread: number): void {
  const log = room.log(key);
  log.read = log.messages.length - unread;
}
