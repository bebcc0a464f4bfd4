// What happened, in words: "Ana, Bo and 3 others joined · Cy left".

import { m } from "../../messages/messages.js";
import type { Happening } from "../../state/model";

export function happeningWords(happenings: readonly Happening[]): string {
  const [one] = happenings;
  if (!one) return "";
  switch (one.kind) {
    case "met":
      return m.meet_met({ name: one.name });
    case "parted":
      return m.meet_left({ name: one.name });
    case "ended":
      return m.meet_ended();
    case "cut_off":
      return m.meet_cut_off();
    default:
      return [joined(names(happenings, "joined")), left(names(happenings, "left"))].filter(Boolean).join(" · ");
  }
}

/** Each once, in the order of coming or going. */
function names(happenings: readonly Happening[], kind: Happening["kind"]): string[] {
  const people = new Map<string, string>();
  for (const one of happenings) if (one.kind === kind) people.set(one.user_id, one.name);
  return [...people.values()];
}

function joined([first, second, ...others]: string[]): string {
  if (first === undefined) return "";
  if (second === undefined) return m.joined_one({ first });
  return others.length === 0 ? m.joined_two({ first, second }) : m.joined_many({ first, second, count: others.length });
}

function left([first, second, ...others]: string[]): string {
  if (first === undefined) return "";
  if (second === undefined) return m.left_one({ first });
  return others.length === 0 ? m.left_two({ first, second }) : m.left_many({ first, second, count: others.length });
}
