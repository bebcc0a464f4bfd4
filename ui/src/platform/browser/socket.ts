// The seam to the browser's WebSocket: text in, text out, one end. Tests put a scripted one in its place.

import { SUBPROTOCOL } from "../../wire";

export interface SocketEvents {
  opened(): void;
  text(text: string): void;
  /** Once, also when it never opened. */
  closed(code: number, reason: string): void;
}

export interface Socket {
  send(text: string): void;
  /** Ends it; `closed` is not called any more. */
  end(code?: number): void;
}

export type OpenSocket = (events: SocketEvents) => Socket;

/** A WebSocket to the page's own origin. */
export function pageSocket(events: SocketEvents): Socket {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(`${scheme}//${location.host}/ws`, SUBPROTOCOL);
  let over = false;
  socket.onopen = () => over || events.opened();
  socket.onmessage = (event: MessageEvent<unknown>) => {
    if (!over && typeof event.data === "string") events.text(event.data);
  };
  socket.onclose = (event) => {
    if (over) return;
    over = true;
    events.closed(event.code, event.reason);
  };
  return {
    send: (text) => socket.send(text),
    end(code = 1000) {
      over = true;
      socket.close(code);
    },
  };
}
