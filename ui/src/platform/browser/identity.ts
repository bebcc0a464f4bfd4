// Who the guest is in a room, kept by room id: the id and its secret, the name, the topics. Where the browser refuses to
// store, it lives as long as the page.

import type { JoinTopic, Settings } from "../../wire";
import { token, uuidV4 } from "../ids";

export interface Identity {
  readonly user_id: string;
  /** Proves to this host, and to no other, that `user_id` is ours. */
  readonly token: string;
  readonly display_name?: string;
  /** Topics to join again. */
  readonly topics: readonly JoinTopic[];
}

export const defaultSettings: Settings = {
  theme: "system",
  enter_sends: true,
  close_to_tray: false,
  notifications: true,
  send_typing: true,
  show_comings: true,
};

export class Keep {
  readonly #memory = new Map<string, string>();

  constructor(private readonly storage: Storage | null) {}

  identity(roomId: string): Identity {
    const kept = this.#read(`landline.room.${roomId}`);
    if (!isIdentity(kept)) return this.renew(roomId);
    // A page of before kept the names alone.
    const topics = kept.topics.map((topic: JoinTopic | string) => (typeof topic === "string" ? { topic } : topic));
    return { ...kept, topics };
  }

  /** A new person in this room; the name stays. */
  renew(roomId: string, name?: string): Identity {
    const fresh = { user_id: uuidV4(), token: token(), topics: [{ topic: "lobby" }] };
    return this.keep(roomId, name === undefined ? fresh : { ...fresh, display_name: name });
  }

  keep(roomId: string, identity: Identity): Identity {
    this.#write(`landline.room.${roomId}`, identity);
    return identity;
  }

  forget(roomId: string): void {
    this.#memory.delete(`landline.room.${roomId}`);
    try {
      this.storage?.removeItem(`landline.room.${roomId}`);
    } catch {
      // Then there is nothing stored either.
    }
  }

  settings(): Settings {
    const kept = this.#read("landline.settings");
    return typeof kept === "object" && kept !== null ? { ...defaultSettings, ...kept } : defaultSettings;
  }

  keepSettings(settings: Settings): void {
    this.#write("landline.settings", settings);
  }

  #read(name: string): unknown {
    try {
      const text = this.storage?.getItem(name) ?? this.#memory.get(name);
      return text === undefined ? null : JSON.parse(text);
    } catch {
      return null;
    }
  }

  #write(name: string, value: unknown): void {
    const text = JSON.stringify(value);
    this.#memory.set(name, text);
    try {
      this.storage?.setItem(name, text);
    } catch {
      // Full or forbidden: memory has it.
    }
  }
}

function isIdentity(value: unknown): value is Identity {
  if (typeof value !== "object" || value === null) return false;
  const { user_id, token, topics } = value as Partial<Record<keyof Identity, unknown>>;
  return typeof user_id === "string" && typeof token === "string" && Array.isArray(topics);
}
