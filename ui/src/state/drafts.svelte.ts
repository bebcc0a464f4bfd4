// What was written and not sent, per room and chat. Kept in the browser's storage where that is allowed, else in memory.

import type { ChatKey } from "../chat";
import { SvelteMap } from "svelte/reactivity";

const PREFIX = "landline.draft.";

export class Drafts {
  readonly #texts = new SvelteMap<string, string>();

  constructor(private readonly storage: Storage | null) {
    for (const name of keysOf(storage)) this.#texts.set(name.slice(PREFIX.length), storage?.getItem(name) ?? "");
  }

  get(room: string, key: ChatKey): string {
    return this.#texts.get(`${room} ${key}`) ?? "";
  }

  set(room: string, key: ChatKey, text: string): void {
    const name = `${room} ${key}`;
    if (text === "") this.#texts.delete(name);
    else this.#texts.set(name, text);
    try {
      if (text === "") this.storage?.removeItem(PREFIX + name);
      else this.storage?.setItem(PREFIX + name, text);
    } catch {
      // Storage is full or forbidden: the draft lives as long as the page.
    }
  }
}

function keysOf(storage: Storage | null): string[] {
  if (!storage) return [];
  const names = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? "");
  return names.filter((name) => name.startsWith(PREFIX));
}
