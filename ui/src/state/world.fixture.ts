// For tests: a room with Ana (me), Bo and Cy, and short words for what its host says.

import type { ChatKey } from "../chat";
import type { Boot, Hit, Message, PlatformEvent, ServerFrame } from "../wire";
import { apply } from "./apply";
import { emptyState } from "./model";
import type { AppState, ChatState, RoomState } from "./model";

export const ANA = "11111111-1111-4111-8111-111111111111";
export const BO = "22222222-2222-4222-8222-222222222222";
export const CY = "33333333-3333-4333-8333-333333333333";
export const ROOM = "9d3c52f0";
export const NOW = Date.parse("2026-11-20T12:00:00Z");
const names: Record<string, string> = { [ANA]: "Ana", [BO]: "Bo Berg", [CY]: "Cy" };

export const boot: Boot = {
  user_id: ANA,
  display_name: "Ana",
  suggested_name: "ana",
  settings: {
    theme: "system",
    enter_sends: true,
    close_to_tray: false,
    notifications: true,
    send_typing: true,
    show_comings: true,
  },
  version: "0.1.0",
};

export const info = { room_id: ROOM, name: "Workshop", access: "open" as const };

export function message(seq: number, more: Partial<Message> & { minute?: number } = {}): Message {
  const { minute = seq, ...rest } = more;
  const from = rest.from ?? BO;
  return {
    from,
    display_name: names[from] ?? "somebody",
    via: "app",
    ...(rest.to === undefined ? { topic: "lobby" } : {}),
    kind: "text",
    content: `text ${seq}`,
    message_id: `m-${seq}`,
    epoch: "1.a",
    seq,
    timestamp: new Date(NOW + minute * 60_000).toISOString(),
    ...rest,
  };
}

export const messages = (from: number, to: number): Message[] =>
  Array.from({ length: to - from + 1 }, (_, index) => message(from + index));

export const frame = (value: ServerFrame): PlatformEvent => ({ type: "frame", room: ROOM, frame: value });
export const msg = (value: Message): PlatformEvent => frame({ type: "MSG", data: value });

export const online: PlatformEvent = {
  type: "connection",
  room: ROOM,
  connection: { state: "online", address: "192.168.1.20:8000", room: info },
};

export const hello: PlatformEvent = frame({
  type: "HELLO_ACK",
  data: {
    user_id: ANA,
    status: "connected",
    time: "2026-01-01T00:00:00.000Z",
    via: "app",
    room: info,
    epoch: "1.a",
    limits: { text_bytes: 16_384, messages_burst: 10, messages_per_second: 2, in_flight: 64 },
  },
});

export const presence: PlatformEvent = frame({
  type: "PRESENCE",
  data: {
    users: [ANA, BO].map((user_id) => ({ user_id, display_name: names[user_id]!, online: true, via: "app" })),
    complete: true,
  },
});

export const joined = (seq: number, read = 0, topic = "lobby", epoch = "1.a"): PlatformEvent =>
  frame({
    type: "TOPIC_JOINED",
    data: {
      topic,
      epoch,
      seq,
      members: [
        { user_id: ANA, display_name: "Ana" },
        { user_id: BO, display_name: "Bo Berg" },
      ],
      member_count: 2,
      read,
    },
  });

export const history = (
  list: Message[],
  more: boolean,
  where: { before?: number; after?: number } = {},
): PlatformEvent => frame({ type: "HISTORY", data: { topic: "lobby", ...where, messages: list, more } });

/** What a search found; its first six letters are marked. */
export const hit = (seq: number, more: Partial<Hit> = {}): Hit => ({
  topic: "lobby",
  from: BO,
  display_name: "Bo Berg",
  via: "app",
  kind: "text",
  message_id: `m-${seq}`,
  epoch: "1.a",
  seq,
  timestamp: new Date(NOW).toISOString(),
  snippet: "needle",
  ranges: [[0, 6]],
  ...more,
});

export function after(state: AppState, ...events: PlatformEvent[]): AppState {
  return events.reduce((before, event) => apply(before, event, NOW), state);
}

/** Connected, welcomed, in the lobby whose head is `seq`, read up to `read`. */
export function inLobby(seq = 0, read = 0): AppState {
  return after({ ...emptyState, boot }, online, hello, presence, joined(seq, read));
}

export const room = (state: AppState): RoomState => state.rooms[ROOM]!;
export const chat = (state: AppState, key: ChatKey = "#lobby"): ChatState => room(state).chats[key]!;
export const seqs = (state: AppState, key: ChatKey = "#lobby"): number[] =>
  chat(state, key).messages.map((one) => one.seq);
