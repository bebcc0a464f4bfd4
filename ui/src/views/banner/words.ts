// What the banner says for each way a connection can stand, so that people can tell them apart.

import { m } from "../../messages/messages.js";
import type { Connection } from "../../wire";

export interface BannerWords {
  readonly text: string;
  /** Nothing comes by itself any more: the person must do something. */
  readonly final: boolean;
  /** The system's or the server's own words. */
  readonly detail: string;
}

/** Null: there is nothing to say. */
export function bannerWords(connection: Connection, room: string): BannerWords | null {
  switch (connection.state) {
    case "online":
      return null;
    case "connecting":
      return { text: m.banner_connecting({ room }), final: false, detail: "" };
    case "left":
      return { text: m.banner_left({ room }), final: true, detail: "" };
    case "waiting": {
      const words = {
        host_gone: m.banner_host_gone,
        unreachable: m.banner_unreachable,
        no_network: m.banner_no_network,
        silent: m.banner_silent,
        busy: m.banner_busy,
      }[connection.reason];
      return { text: words({ room }), final: false, detail: connection.detail };
    }
    case "refused": {
      const words = {
        identity: m.banner_identity,
        kicked: m.banner_kicked,
        locked: m.banner_locked,
        version: m.banner_version,
        not_landline: m.banner_not_landline,
      }[connection.reason];
      return { text: words({ room }), final: true, detail: connection.detail };
    }
  }
}
