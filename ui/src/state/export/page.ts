// An exported chat as one HTML page without scripts and without anything from elsewhere. The page itself is page.template, which
// `landline-cli export` fills in the same way (src-tauri/cli/export/page.rs); a golden sample holds the two together.

import type { Message } from "../../wire";
import template from "./page.template?raw";

/** Text is text: nothing in it is markup, and what no page may hold is a sign that something was there. */
export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => SIGNS[sign]!).replace(UNSEEN, "\ufffd");
}

const SIGNS: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
// Control characters, except line breaks and tabs.
const UNSEEN = /[^\P{Cc}\n\t]/gu;

type Values = Readonly<Record<string, string>>;

function fill(piece: string, values: Values): string {
  const from = template.split(`%% ${piece}\n`)[1] ?? "";
  const text = from.split("%% ")[0] ?? "";
  return text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => escape(values[name] ?? ""));
}

/** Makes the page piece by piece. */
export class Page {
  #day = "";

  /** `made`: when, in words. */
  begin(lang: string, chat: string, room: string, made: string): string {
    return fill("head", { lang, chat, room, made });
  }

  /** A line of ours between the messages. */
  note(words: string): string {
    return fill("note", { words });
  }

  message(message: Message): string {
    const at = message.timestamp;
    const day = at.slice(0, 10);
    const clock = at.slice(11, 16);
    const begins = day === this.#day ? "" : fill("day", { day });
    this.#day = day;
    const { seq, display_name: name, content: text } = message;
    return begins + fill("message", { seq: String(seq), name, at, clock, text });
  }

  /** `count`: how many there are, in words. */
  end(count: string): string {
    return fill("foot", { count });
  }
}
