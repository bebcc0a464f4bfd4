// Where one was reading in each chat, so that coming back leads there. Lives as long as the window.

export interface Place {
  /** The row at the top edge … */
  readonly key: string;
  /** … and how far it was scrolled past it. */
  readonly past: number;
}

const places = new Map<string, Place>();

export const placeIn = (chat: string): Place | undefined => places.get(chat);

/** Undefined: at the end, which needs no memory. */
export function keepPlace(chat: string, place: Place | undefined): void {
  if (place) places.set(chat, place);
  else places.delete(chat);
}
