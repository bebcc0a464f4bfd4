// Why a session ended and what to do about it: the table of docs/protocol.md "Closing" (protocol/close.rs).

import type { RefuseReason, WaitReason } from "../../wire";

export type Comeback =
  | { readonly come: "at_once" }
  | { readonly come: "backoff"; readonly reason: WaitReason; readonly slower?: true }
  | { readonly come: "never"; readonly reason: RefuseReason };

/** What to do after a close with this code. 1006 is the browser's word for an end without one. */
export function comeback(code: number): Comeback {
  switch (code) {
    case 4008:
      return { come: "at_once" };
    case 1001:
    case 1006:
    case 1012:
      return { come: "backoff", reason: "host_gone" };
    case 1013:
      return { come: "backoff", reason: "busy", slower: true };
    case 4001:
      return { come: "never", reason: "identity" };
    case 1000:
    case 4003:
      return { come: "never", reason: "kicked" };
    case 4009:
      return { come: "never", reason: "identity" };
    default:
      return { come: "backoff", reason: "host_gone" };
  }
}
