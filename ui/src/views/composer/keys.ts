// Which key press sends. An input method's own Enter (choosing a Japanese word, say) never does.

export interface KeyPress {
  readonly key: string;
  readonly keyCode: number;
  readonly isComposing: boolean;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/** `enterSends`: Enter sends and Shift+Enter breaks the line. Else Enter breaks it and Ctrl+Enter (⌘+Enter) sends. */
export function sends(press: KeyPress, enterSends: boolean): boolean {
  if (press.key !== "Enter" || press.isComposing || press.keyCode === 229 || press.altKey) return false;
  const withControl = press.ctrlKey || press.metaKey;
  return enterSends ? !press.shiftKey : withControl;
}

const ENCODER = new TextEncoder();

/** Bytes of UTF-8, the measure of the host's limit. */
export const bytes = (text: string): number => ENCODER.encode(text).length;
